"""What IT runs: environments, Debian packages, browser assets, models, bundles.

Nothing here imports web code, and everything that :mod:`installer` needs on a bare
machine works with the standard library alone.
"""
