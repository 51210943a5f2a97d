"""The candidate's side."""
