"""Whether the scores agree with people: blind ratings, agreement, the gate, drift and impact."""
