"""Roles given and taken, and people who leave."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from survey.accounts.errors import AccountError, SignInError
from survey.accounts.people import add_mentor, find_person
from survey.accounts.policy import Role
from survey.accounts.roles import (
    activate,
    add_administrator,
    add_person,
    appoint_first_administrator,
    change_roles,
    deactivate,
    roles_of,
)
from survey.accounts.sessions import start_session
from survey.service import Service
from survey.storage.models import Letter, Person, SignInSession
from tests.support.cases import NOW, ask_for_link

ADA, BO, MAX = "ada@example.org", "bo@example.org", "max@example.org"


def person(service: Service, email: str) -> Person:
    with service.database.reading() as session:
        found = find_person(session, email)
        assert found is not None
        return found


def add(service: Service, *emails: str) -> None:
    with service.database.writing() as session:
        for email in emails:
            add_administrator(session, email.partition("@")[0].title(), email)


def demote(service: Service, email: str, by: str) -> None:
    with service.database.writing() as session:
        someone, actor = find_person(session, email), find_person(session, by)
        assert someone
        assert actor
        change_roles(session, someone, [], changed_by=actor, now=NOW)


def test_roles_are_given_and_taken(service: Service) -> None:
    add(service, ADA)
    with service.database.writing() as session:
        ada = find_person(session, ADA)
        assert ada
        given = [Role.MENTOR, Role.PROGRAMME_LEAD]
        bo = add_person(session, "Bo Both", BO, given, added_by=ada, now=NOW)
        assert roles_of(bo, is_mentee=True) == {Role.MENTOR, Role.MENTEE, Role.PROGRAMME_LEAD}
        change_roles(session, bo, [Role.ADMINISTRATOR], changed_by=ada, now=NOW)
        assert roles_of(bo, is_mentee=False) == {Role.ADMINISTRATOR}
        for spelling in (BO, "BO@Example.org", "bo+x@example.org"):
            with pytest.raises(AccountError, match=r"^E-mail: somebody has an account"):
                add_person(session, "Bo", spelling, [], added_by=ada, now=NOW)
    demote(service, ADA, by=BO)
    assert not person(service, ADA).is_administrator


def test_the_last_administrator_stays(service: Service) -> None:
    add(service, ADA, BO)
    demote(service, BO, by=ADA)
    with pytest.raises(AccountError, match="last administrator"):
        demote(service, ADA, by=ADA)
    with service.database.writing() as session:
        ada, bo = find_person(session, ADA), find_person(session, BO)
        assert ada
        assert bo
        with pytest.raises(AccountError, match="last administrator"):
            deactivate(session, ada, deactivated_by=ada, now=NOW)
        # Somebody who cannot sign in is no help.
        bo.is_administrator = True
        deactivate(session, bo, deactivated_by=ada, now=NOW)
    with pytest.raises(AccountError, match="last administrator"):
        demote(service, ADA, by=ADA)
    assert person(service, ADA).is_administrator


def test_two_administrators_can_not_demote_each_other_at_once(service: Service) -> None:
    add(service, ADA, BO)
    together = threading.Barrier(2)
    refused: list[str] = []

    def run(email: str, by: str) -> None:
        together.wait()
        try:
            demote(service, email, by)
        except AccountError:
            refused.append(email)

    threads = [threading.Thread(target=run, args=pair) for pair in ((ADA, BO), (BO, ADA))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert person(service, refused[0]).is_administrator


def test_who_is_deactivated_is_out_everywhere(service: Service) -> None:
    add(service, ADA)
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max", MAX)
        ask_for_link(session, service, MAX)
        link = service.sign_in_links.create(session, mentor, NOW)
        token = service.sign_in_links.token(link)
        start_session(session, mentor, "", NOW, confirmed_at=NOW)
    with service.database.writing() as session:
        mentor, ada = find_person(session, MAX), find_person(session, ADA)  # type: ignore[assignment]
        assert ada
        deactivate(session, mentor, deactivated_by=ada, now=NOW)
        deactivate(session, mentor, deactivated_by=ada, now=NOW)
    with service.database.writing() as session:
        assert session.scalars(select(Letter)).all() == []
        assert [row.revoked for row in session.scalars(select(SignInSession))] == [True]
        with pytest.raises(SignInError):
            service.sign_in_links.redeem(session, token, NOW)
        ask_for_link(session, service, MAX)
        assert session.scalars(select(Letter)).all() == []
        late = service.sign_in_links.create(session, person(service, MAX), NOW)
        with pytest.raises(SignInError, match="deactivated"):
            service.sign_in_links.redeem(session, service.sign_in_links.token(late), NOW)
        with pytest.raises(AccountError, match="deactivated"):
            add_administrator(session, "Max", MAX)
    gone = person(service, MAX)
    assert (gone.deactivated_on, gone.is_mentor) == (NOW.date(), True)
    assert roles_of(gone, is_mentee=True) == frozenset()
    with service.database.writing() as session:
        mentor, ada = find_person(session, MAX), find_person(session, ADA)  # type: ignore[assignment]
        assert ada
        activate(session, mentor, activated_by=ada, now=NOW)
        ask_for_link(session, service, MAX)
        assert len(session.scalars(select(Letter)).all()) == 1
        assert roles_of(mentor, is_mentee=False) == {Role.MENTOR}


def test_the_first_mentor_becomes_administrator_where_there_is_none(service: Service) -> None:
    with service.database.writing() as session:
        first, second = add_mentor(session, "Max", MAX), add_mentor(session, "Bo", BO)
        appoint_first_administrator(session, first)
        appoint_first_administrator(session, second)
        assert (first.is_administrator, second.is_administrator) == (True, False)
