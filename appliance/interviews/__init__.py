"""Interviews: plans, invitations, the candidate's room, recordings, assessment and report."""
