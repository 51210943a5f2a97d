"""The report on the web and on paper."""
