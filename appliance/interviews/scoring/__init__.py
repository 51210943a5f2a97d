"""An answer read: relevance, evidence, levels, what holds a number back."""
