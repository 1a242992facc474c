"""Adding and finding people."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.anonymity.addresses import normalise_address
from survey.languages.catalogues import SOURCE_LANGUAGE
from survey.languages.message import Message
from survey.storage.models import Person
from survey.storage.queries import people as people_queries

LONGEST_NAME = 120


def add_mentor(session: Session, name: str, email: str) -> Person:
    """Make somebody a mentor; a person who is known already keeps their name and records.

    Raises AccountError when the name or the address cannot be used.
    """
    person = find_person(session, email)
    if person is None:
        person = new_person(session, name, email)
    person.is_mentor = True
    session.flush()
    return person


def add_programme_lead(session: Session, name: str, email: str) -> Person:
    """Let somebody read the programme view; a person who is known already keeps their name.

    Raises AccountError when the name or the address cannot be used.
    """
    person = find_person(session, email)
    if person is None:
        person = new_person(session, name, email)
    person.is_programme_lead = True
    session.flush()
    return person


def find_person(session: Session, email: str) -> Person | None:
    """The person with this address, written in whatever way; None for a stranger or nonsense."""
    try:
        normalised = normalise_address(email)
    except ValueError:
        return None
    return people_queries.by_normalised_email(session, normalised)


def new_person(session: Session, name: str, email: str, language: str = SOURCE_LANGUAGE) -> Person:
    """Add a person. Raises AccountError naming the field and what to do."""
    name = checked_name(name)
    address = checked_address(email)
    person = Person(
        name=name,
        email=address,
        normalised_email=normalise_address(address),
        language=language,
    )
    session.add(person)
    session.flush()
    return person


def change_details(person: Person, name: str, language: str) -> None:
    """Change how somebody is called and which language they read. Raises AccountError."""
    person.name = checked_name(name)
    person.language = language


def checked_name(name: str) -> str:
    """A name, tidied. Raises AccountError."""
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise AccountError(Message("Enter the name as it should stand in letters.", at="Name"))
    if len(name) > LONGEST_NAME:
        raise AccountError(Message("At most %(most)s characters.", most=LONGEST_NAME, at="Name"))
    return name


def checked_address(email: str) -> str:
    """An address as it is stored. Raises AccountError."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise AccountError(
            Message(
                "%(address)s is not an address; one looks like name@example.org.",
                address=repr(email.strip()),
                at="E-mail",
            )
        ) from error
