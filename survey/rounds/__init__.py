"""Use cases of a feedback round: draft, launch, answer, remind, close, release.

Each is a plain function on a database session, so that web pages, the command line and tests all
call the same thing.
"""
