"""Shifts: when people are expected, and who has which."""
