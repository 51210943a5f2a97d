"""``evaluate scoring``: answers marked by a rubric, and, where people rated some of them, on those people's scale."""
