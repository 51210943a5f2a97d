"""Recruiting: openings, candidates, resumes, screening, the pipeline and offers."""
