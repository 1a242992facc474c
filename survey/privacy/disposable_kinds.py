"""The kinds of records that are disposed of after a while: one entry per kind, and no other place.

A new kind needs an entry here, a query for what is due, and a rule in retention.yaml.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.privacy.audit_verification import dispose_of_entries
from survey.privacy.erasure import erase_mentorships, erase_person
from survey.storage.dependents import delete_with_dependents
from survey.storage.key_store import KeyStore
from survey.storage.models import (
    Base,
    Comment,
    CommentRedaction,
    MentoringFeedback,
    Mentorship,
    Person,
    ReflectiveLogEntry,
    Response,
    ReviewContribution,
    Round,
    SelfReflection,
    SessionRecord,
    StoredAggregate,
)
from survey.storage.queries import audit as audit_queries
from survey.storage.queries import retention as retention_queries

Ids = Sequence[uuid.UUID]


@dataclass(frozen=True)
class Disposal:
    """What a disposal works with."""

    session: Session
    keys: KeyStore
    now: dt.datetime


@dataclass(frozen=True)
class DisposableKind:
    """A kind of record: what it holds, about whom, when its time begins, and how it goes.

    `find` gives what is due when the event was on a day or before; for many kinds, the rounds or
    mentorships that still have such records. `in_trail`: whether the audit trail names each.
    """

    key: str
    title: str
    holds: str
    people: str
    event: str
    find: Callable[[Session, dt.date], Ids]
    dispose: Callable[[Disposal, Ids], Sequence[str]]
    of: str
    in_trail: bool = True
    # The rows that `find` gives, where they are about a mentor or mentee: what is held about
    # somebody who has had its use restricted is not disposed of.
    spared: type[Base] | None = None

    @property
    def action(self) -> str:
        """What the audit trail calls it."""
        return f"{self.key}.disposed"


def _rows(table: str) -> Callable[[Disposal, Ids], Sequence[str]]:
    def dispose(disposal: Disposal, ids: Ids) -> Sequence[str]:
        deleted = delete_with_dependents(disposal.session, Base.metadata.tables[table], ids)
        return list(deleted)

    return dispose


def _invitations(disposal: Disposal, round_ids: Ids) -> Sequence[str]:
    retention_queries.blank_invitations(disposal.session, round_ids)
    return ["invitations"]


def _responses(disposal: Disposal, round_ids: Ids) -> Sequence[str]:
    retention_queries.delete_of_rounds(disposal.session, Response, round_ids)
    return ["responses"]


def _comments(disposal: Disposal, round_ids: Ids) -> Sequence[str]:
    retention_queries.delete_of_rounds(disposal.session, Comment, round_ids)
    return ["comments"]


def _reports(disposal: Disposal, round_ids: Ids) -> Sequence[str]:
    # What is left of a round after its report would be a second, unsuppressed one.
    for model in (StoredAggregate, CommentRedaction, Response, Comment):
        retention_queries.delete_of_rounds(disposal.session, model, round_ids)
    return ["released_aggregates", "comment_redactions", "responses", "comments"]


def _goals(disposal: Disposal, mentorship_ids: Ids) -> Sequence[str]:
    goals = retention_queries.goals_of(disposal.session, mentorship_ids)
    return _rows("goals")(disposal, goals)


def _mentorships(disposal: Disposal, mentorship_ids: Ids) -> Sequence[str]:
    return erase_mentorships(
        disposal.session, disposal.keys, mentorship_ids, None, disposal.now
    ).tables


def _accounts(disposal: Disposal, person_ids: Ids) -> Sequence[str]:
    tables = {"people"}
    for person_id in person_ids:
        person = disposal.session.get_one(Person, person_id)
        erased = erase_person(disposal.session, disposal.keys, person, None, disposal.now)
        tables.update(erased.tables)
    return sorted(tables)


def _find_audit_entries(session: Session, cutoff: dt.date) -> Ids:
    """A made-up id per entry: they have numbers."""
    last = audit_queries.last_up_to(session, cutoff)
    if last is None:
        return []
    count = retention_queries.count_audit_entries(session, last.sequence)
    return [uuid.UUID(int=last.sequence - back) for back in reversed(range(count))]


def _audit_entries(disposal: Disposal, numbers: Ids) -> Sequence[str]:
    dispose_of_entries(disposal.session, max(numbers).int, disposal.now)
    return ["audit_entries"]


_MENTEE, _MENTOR, _RATERS = "mentees", "mentors", "raters"
_BOTH = "mentors and mentees"
_EVERYBODY = "everybody with an account"

KINDS: Sequence[DisposableKind] = (
    DisposableKind(
        "invitations",
        Message("Invitations"),
        Message("name, address, group, language and delivery state of a rater"),
        _RATERS,
        Message("the round's close"),
        retention_queries.rounds_with_raters,
        _invitations,
        "round",
    ),
    DisposableKind(
        "draft_rounds",
        Message("Rounds that were never launched"),
        Message("what the mentor prepared, with names and addresses of raters, proposed ones too"),
        _RATERS,
        Message("the draft's deadline"),
        retention_queries.old_drafts,
        _rows("rounds"),
        "round",
    ),
    DisposableKind(
        "responses",
        Message("Responses"),
        Message("ratings of one form, under a random key, tied to no rater"),
        _RATERS,
        Message("the round's close"),
        retention_queries.rounds_with_responses,
        _responses,
        "round",
    ),
    DisposableKind(
        "comments",
        Message("Comments as written"),
        Message("comments under a random key, tied to no rater and no rating"),
        _RATERS,
        Message("the round's close"),
        retention_queries.rounds_with_comments,
        _comments,
        "round",
    ),
    DisposableKind(
        "reports",
        Message("Reports"),
        Message("figures per rater group and competency, comments without author, taken-out words"),
        _MENTEE,
        Message("the round's close"),
        retention_queries.rounds_with_reports,
        _reports,
        "round",
        spared=Round,
    ),
    DisposableKind(
        "goals",
        Message("Goals"),
        Message("goals, measures of success and evaluations"),
        _MENTEE,
        Message("the last thing that happened in the mentorship"),
        retention_queries.mentorships_with_goals,
        _goals,
        "mentorship",
        spared=Mentorship,
    ),
    DisposableKind(
        "mentorships",
        Message("Mentorships"),
        Message("who mentors whom since when, with all that belongs to it"),
        _BOTH,
        Message("the last thing that happened in the mentorship"),
        retention_queries.idle_mentorships,
        _mentorships,
        "mentorship",
        # The erasure itself leaves an entry.
        in_trail=False,
        spared=Mentorship,
    ),
    DisposableKind(
        "accounts",
        Message("Accounts"),
        Message(
            "name, address, language, roles, passkeys, tokens, webhooks, the month of the last use"
        ),
        _EVERYBODY,
        Message("the end of the month of the last use, for who takes part in no mentorship"),
        retention_queries.unused_accounts,
        _accounts,
        "person",
        in_trail=False,
        spared=Person,
    ),
    DisposableKind(
        "session_records",
        Message("Session records"),
        Message("what a mentor writes down about a session, and what the two agreed to do"),
        _BOTH,
        Message("the day of the session"),
        retention_queries.old_session_records,
        _rows("session_records"),
        "session record",
        spared=SessionRecord,
    ),
    DisposableKind(
        "planned_sessions",
        Message("Planned sessions"),
        Message("when and where the next session is to be"),
        _BOTH,
        Message("the day of the session"),
        retention_queries.old_planned_sessions,
        _rows("planned_sessions"),
        "session",
        in_trail=False,
    ),
    DisposableKind(
        "self_reflections",
        Message("Self-reflections"),
        Message("what a mentee writes down for themselves, shared with the mentor or not"),
        _MENTEE,
        Message("the day of the reflection"),
        retention_queries.old_self_reflections,
        _rows("self_reflections"),
        "self-reflection",
        spared=SelfReflection,
    ),
    DisposableKind(
        "reflective_log",
        Message("Mentors' reflective logs"),
        Message("a mentor's private notes on their own practice"),
        _MENTOR,
        Message("the day the entry is about"),
        retention_queries.old_log_entries,
        _rows("reflective_log_entries"),
        "log entry",
        spared=ReflectiveLogEntry,
    ),
    DisposableKind(
        "mentoring_feedback",
        Message("Feedback on the mentoring"),
        Message("what a mentee says to the mentor about the mentoring"),
        _BOTH,
        Message("the day it was given"),
        retention_queries.old_feedback,
        _rows("mentoring_feedbacks"),
        "feedback",
        spared=MentoringFeedback,
    ),
    DisposableKind(
        "reviews",
        Message("Reviews of the mentoring"),
        Message("what mentor and mentee write for the reviews at start, midway and end"),
        _BOTH,
        Message("the day it was written"),
        retention_queries.old_reviews,
        _rows("review_contributions"),
        "review",
        spared=ReviewContribution,
    ),
    DisposableKind(
        "sign_in_links",
        Message("Sign-in links"),
        Message("fingerprint of a link, and whose it is"),
        _EVERYBODY,
        Message("the link's expiry"),
        retention_queries.old_sign_in_links,
        _rows("sign_in_links"),
        "link",
        in_trail=False,
    ),
    DisposableKind(
        "sign_in_sessions",
        Message("Sign-in sessions"),
        Message("family of the browser, coarse times, fingerprint of a token"),
        _EVERYBODY,
        Message("the session's end"),
        retention_queries.old_sign_in_sessions,
        _rows("sign_in_sessions"),
        "session",
        in_trail=False,
    ),
    DisposableKind(
        "api_tokens",
        Message("Tokens for programs"),
        Message(
            "name and scopes of a token, fingerprint of it, days of its making, end and last use"
        ),
        _EVERYBODY,
        Message("the token's expiry"),
        retention_queries.old_api_tokens,
        _rows("api_tokens"),
        "token",
        in_trail=False,
    ),
    DisposableKind(
        "api_answers",
        Message("Answers to programs"),
        Message("answers to requests that may be repeated, sealed with the program's token"),
        _EVERYBODY,
        Message("the request"),
        retention_queries.old_api_answers,
        _rows("api_answers"),
        "answer",
        in_trail=False,
    ),
    DisposableKind(
        "webhook_deliveries",
        Message("Messages to webhooks"),
        Message(
            "what a program was told: which round, what happened to it on which day, and how it "
            "fared"
        ),
        _MENTOR,
        Message("the day on which it was delivered or given up"),
        retention_queries.old_webhook_deliveries,
        _rows("webhook_deliveries"),
        "message",
        in_trail=False,
    ),
    DisposableKind(
        "outbox",
        Message("Letters that could not be delivered"),
        Message("whom and what a letter is about; neither its text nor the address"),
        "everybody",
        Message("the day of the next attempt"),
        retention_queries.old_letters,
        _rows("outbox"),
        "letter",
        in_trail=False,
    ),
    DisposableKind(
        "privacy_requests",
        Message("Requests about personal data"),
        Message("who asked for what, and when it was answered"),
        _EVERYBODY,
        Message("the request's answer"),
        retention_queries.old_privacy_requests,
        _rows("privacy_requests"),
        "request",
        in_trail=False,
    ),
    DisposableKind(
        "rater_requests",
        Message("Requests of raters"),
        Message("the address of somebody who asked what is held about them as a rater"),
        _RATERS,
        Message("the day of the request"),
        retention_queries.old_rater_requests,
        _rows("rater_requests"),
        "request",
        in_trail=False,
    ),
    DisposableKind(
        "audit_entries",
        Message("Audit trail"),
        Message("who did what to which object on which day, by their ids, and no content"),
        _EVERYBODY,
        Message("the day of the deed"),
        _find_audit_entries,
        _audit_entries,
        "entry",
        # A checkpoint and an entry of its own stand for them.
        in_trail=False,
    ),
)
