"""A first look: a small invented bank and hospital, and one candidate's whole way from resume to first pay."""
