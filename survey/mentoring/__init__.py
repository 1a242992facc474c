"""The mentoring relationship around the rounds: mentees and goals."""
