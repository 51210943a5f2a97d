"""Reading what weight files say about themselves, without a framework and without running anything in them.

One format a file; each refuses a file that is cut short or does not hold together, by its name.
"""
