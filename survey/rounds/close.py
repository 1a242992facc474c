"""Closing a round: the ballot box is opened, shuffled and counted, once and for good."""

from __future__ import annotations

import datetime as dt
import json
import secrets

from sqlalchemy.orm import Session

from survey.anonymity.ballot import Ballot
from survey.anonymity.ballot_box import BoxContents, RoundKeys, open_and_shuffle
from survey.anonymity.counted_round import CountedRound
from survey.anonymity.released_aggregate import ReleasedAggregate, build_released_aggregate
from survey.anonymity.thresholds import GroupRule
from survey.confidentiality.master_key import MasterKey
from survey.languages.message import Message
from survey.privacy.audit_trail import Action, record
from survey.privacy.ended_rounds import clear_the_ballot_box, close_without_result
from survey.rounds.counting.client import COUNTING
from survey.rounds.draft import require_state, restriction_problems
from survey.rounds.errors import LostKeyError
from survey.rounds.outcome import record_outcome
from survey.rounds.questionnaires import comparison_plan_of, questionnaire_of
from survey.rounds.release import release_round
from survey.storage.key_store import KeyDestroyedError
from survey.storage.models import (
    Comment,
    Person,
    ReleaseMode,
    Response,
    Round,
    RoundState,
    StoredAggregate,
    WebhookEvent,
)
from survey.storage.queries import rounds as round_queries
from survey.storage.sealed_columns import key_store
from survey.webhooks.announcing import announce


def close_round(
    session: Session,
    round_: Round,
    *,
    master_key: MasterKey,
    now: dt.datetime,
    closed_by: Person | None = None,
) -> None:
    """Close an open round and make its aggregate, in the caller's one transaction.

    `closed_by` is None when the service closes it at the deadline.

    From here on no answer is accepted, and the aggregate never changes: nobody can compare two
    versions of it. Once this is committed, the round's opening key is destroyed. A round that was
    closed before, and came back with a restored backup, is closed without a result.

    Raises WrongStateError, LostKeyError, MasterKeyError, SpoiltBallotError or CountingError; then
    the round stays open as it was.
    """
    round_ = round_queries.locked(session, round_.id)
    require_state(round_, RoundState.OPEN, Message("Only an open round can be closed."))
    ended_on = key_store(session).ended_rounds().get(round_.id)
    if ended_on is not None:
        close_without_result(session, round_, ended_on, now, closed_by=closed_by)
        return
    opened = _opened(session, round_, master_key)
    ballots = opened.ballots
    for ballot in ballots:
        session.add(_response(round_, ballot))
    session.flush()
    for comment in _shuffled_comments(round_, ballots):
        session.add(comment)
    clear_the_ballot_box(session, round_)
    aggregate = _aggregate(session, round_, ballots)
    session.add(
        StoredAggregate(
            round_id=round_.id,
            document=aggregate.to_json(),
            fingerprint=aggregate.fingerprint(),
        )
    )
    for group in round_.groups:
        # Earlier versions counted declines while a round was open; they are added to.
        group.declined += opened.declined.get(group.key, 0)
    round_.state = RoundState.CLOSED
    round_.closed_on = now.date()
    record_outcome(session, round_, aggregate, ballots)
    record(session, closed_by, Action.ROUND_CLOSED, round_.id, now)
    announce(session, round_, WebhookEvent.ROUND_CLOSED, now)
    session.flush()
    if round_.release_mode is ReleaseMode.AT_ONCE and not restriction_problems(round_.mentorship):
        release_round(session, round_, now, released_by=closed_by, at_close=True)


def _opened(session: Session, round_: Round, master_key: MasterKey) -> BoxContents:
    """What lies in the ballot box."""
    if round_.public_key is None or round_.wrapped_private_key is None:
        raise ValueError("an open round has keys")
    keys = RoundKeys(round_.public_key, round_.wrapped_private_key)
    sealed = round_queries.sealed_ballots(session, round_.id)
    try:
        opening = key_store(session).opening_key(round_.id) if keys.needs_opening_key else None
    except KeyDestroyedError as error:
        raise LostKeyError(
            Message(
                "The round cannot be closed: its key is not in the key database. Ask whoever runs "
                "the service to restore the newest backup of the keys."
            )
        ) from error
    return open_and_shuffle(sealed, keys, master_key, opening)


def _aggregate(session: Session, round_: Round, ballots: list[Ballot]) -> ReleasedAggregate:
    """The round's summary, with the change since the round that it is compared with."""
    questionnaire = questionnaire_of(round_)
    plan = comparison_plan_of(round_)
    summary = build_released_aggregate(
        questionnaire,
        group_rules(round_),
        ballots,
        label_comments=round_.label_comments,
        retrospective=round_.retrospective,
    )
    return COUNTING.with_change(
        CountedRound(questionnaire, ballots, summary),
        _counted(session, round_.compared_with) if round_.compared_with else None,
        round_.goal.competency_ids if round_.goal else frozenset(),
        plan.left_out if plan else frozenset(),
    )


def _counted(session: Session, earlier: Round) -> CountedRound | None:
    """An earlier closed round as it was counted; None when its ratings were disposed of."""
    stored = round_queries.aggregate(session, earlier.id)
    responses = round_queries.responses(session, earlier.id)
    if stored is None or not responses:
        return None
    return CountedRound(
        questionnaire_of(earlier),
        [_ballot(response) for response in responses],
        ReleasedAggregate.from_json(stored.document),
    )


def _ballot(response: Response) -> Ballot:
    return Ballot(
        group_key=response.group_key,
        ratings=json.loads(response.ratings),
        comments={},
        ratings_then=json.loads(response.ratings_then) if response.ratings_then else {},
    )


def group_rules(round_: Round) -> list[GroupRule]:
    """The anonymity rules that the round's raters were promised."""
    return [
        GroupRule(group.key, group.label, group.anonymous, group.threshold)
        for group in round_.groups
    ]


def _response(round_: Round, ballot: Ballot) -> Response:
    return Response(
        round_id=round_.id,
        group_key=ballot.group_key,
        ratings=json.dumps(ballot.ratings, sort_keys=True),
        ratings_then=json.dumps(ballot.ratings_then, sort_keys=True)
        if round_.retrospective
        else None,
    )


def _shuffled_comments(round_: Round, ballots: list[Ballot]) -> list[Comment]:
    comments = [
        Comment(round_id=round_.id, group_key=ballot.group_key, question_id=question, text=text)
        for ballot in ballots
        for question, text in ballot.comments.items()
    ]
    # Comments must not lie in the order of the ratings they came with, nor beside each other.
    secrets.SystemRandom().shuffle(comments)
    return comments
