"""The rater's form in a real browser, on the running service."""
