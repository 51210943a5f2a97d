"""The machine's NVIDIA GPUs: what they are, and whether a profile fits them."""
