"""Taking on a mentee."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from survey.accounts.people import find_person, new_person
from survey.languages.message import Message
from survey.mentoring.errors import MentoringError
from survey.storage.models import Letter, LetterKind, Mentorship, Person
from survey.storage.queries import people as people_queries


def add_mentee(
    session: Session, mentor: Person, name: str, email: str, now: dt.datetime
) -> Mentorship:
    """Start a mentorship and welcome the mentee by e-mail.

    Somebody who has an account already keeps it; others read the mentor's language until they
    choose one. Raises AccountError for an unusable name or
    address, MentoringError when the two work together already or are the same person.
    """
    mentee = find_person(session, email)
    if mentee is None:
        mentee = new_person(session, name, email, mentor.language)
    if mentee.id == mentor.id:
        raise MentoringError(
            Message("This is your own address; a mentee is somebody else.", at="E-mail")
        )
    if people_queries.mentorship_between(session, mentor.id, mentee.id) is not None:
        raise MentoringError(
            Message("%(mentee)s is your mentee already.", mentee=mentee.name, at="E-mail")
        )
    mentorship = Mentorship(mentor=mentor, mentee=mentee, started_on=now.date())
    session.add(mentorship)
    session.flush()
    session.add(Letter(kind=LetterKind.MENTEE_WELCOME, mentorship_id=mentorship.id, due_at=now))
    session.flush()
    return mentorship
