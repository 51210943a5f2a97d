"""The site as a whole: how it starts, who is let in where, how it ends."""
