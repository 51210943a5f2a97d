"""Triton: the model repository, its rendering for one deployment, and the adapters that call it."""
