"""Capacity: how many GPUs a site needs, and how long a report takes, before anything is bought.

The chain of an answer is decoded, listened to, watched and read (``demand``); what each of these costs comes from a
file of measured or assumed costs (``costs``), what a token costs from the language model's own config
(``architecture``) and the card's data sheet (``devices``). Offered load is rate x seconds of work; waiting is a
queueing formula (``queueing``); ``plan`` puts it together and ``sensitivity`` says which input to measure better.
"""
