"""From what is known of an answer to a score on the raters' own scale, learnt from answers that people rated."""
