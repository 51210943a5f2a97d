"""Muster: resumes, interviews, employees, attendance and pay on one machine that never talks to the internet."""
