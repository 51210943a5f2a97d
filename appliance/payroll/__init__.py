"""Pay: effective-dated rules, pay records that open with the probation step, and figures that explain
themselves.
"""
