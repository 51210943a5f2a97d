"""Provisioning: who should be on which terminal, and what the terminals have acknowledged of it."""
