"""What a candidate may ask for: an explanation, a person, a correction, a copy, erasure."""
