"""`python -m survey`: the service from a terminal."""

from survey.cli import main

main()
