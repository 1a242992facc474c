"""Commands of the terminal, by topic; survey/cli.py puts them together."""
