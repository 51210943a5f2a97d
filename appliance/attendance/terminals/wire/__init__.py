"""The ZKTeco attendance PUSH protocol as bytes: pure parsing and building, no database and no clock.

Every parser takes what a terminal (or someone who pretends to be one) sent and never raises: a row it cannot
read becomes a ``BadRow`` with the raw bytes, so that rows in = rows accounted for.
"""
