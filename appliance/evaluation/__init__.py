"""``installer.py evaluate``: what the models of this machine give for a customer's own recordings and pictures.

Results are written as they come and kept: the same command again does only what is missing or has changed, and the
finished output has the same bytes however often it was interrupted. No room imports this one.
"""
