"""Mentorships to reflect in, and answers that stand in nothing else."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.storage.models import Mentorship
from tests.support.cases import NOW

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
TODAY = NOW.date()


def new_mentorship(session: Session, mentor_email: str = MENTOR) -> Mentorship:
    """A mentor with a mentee who has a goal."""
    name = mentor_email.split("@")[0].replace(".", " ").title()
    mentor = add_mentor(session, name, mentor_email)
    mentee_email = MENTEE if mentor_email == MENTOR else f"mentee.of.{mentor_email}"
    mentorship = add_mentee(session, mentor, "Mia Mentee", mentee_email, NOW)
    save_goal(session, mentorship, GoalDetails("Lead with confidence"), None)
    return mentorship
