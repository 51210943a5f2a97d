"""What is asked after an answer: from the plan's list, or made from what the candidate said."""
