"""What is asked: competencies with anchored levels, the question bank, versioned plans."""
