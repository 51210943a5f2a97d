"""Punches: taken in once, kept as they came, attributed to people, shown by day."""
