"""Pages: blueprints for raters, mentors and mentees on top of the use cases."""
