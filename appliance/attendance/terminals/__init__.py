"""Terminals: who they are, what they say, what they are told."""
