"""The view of a whole programme: what came of the mentoring of many mentees."""
