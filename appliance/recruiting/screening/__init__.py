"""Screening: what an opening asks for, and what a resume shows of it. The machine proposes, a person decides."""
