"""Reading resumes: one reader a format, chosen by content, run in a sandboxed process."""
