"""All answers of an interview brought together."""
