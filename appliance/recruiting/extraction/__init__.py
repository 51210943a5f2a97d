"""Facts from a resume by rules, each with its place in the text."""
