"""Code that runs inside Triton's model processes; rendered beside each ``model.py``, imports no server
code."""
