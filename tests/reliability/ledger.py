"""Comparing what raters were told with what is stored."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from survey.service import Service
from survey.storage.models import Comment, Invitation, Response, Round, RoundState, SealedBallot
from tests.reliability.stubborn_raters import Rater
from tests.support.cases import close, tokens


def raters_of(service: Service, round_id: uuid.UUID, *, declining: int = 7) -> list[Rater]:
    """The round's raters; every so many of them wants to decline."""
    with service.database.reading() as session:
        groups: Mapping[str, str] = {
            invitation.email: invitation.group_key
            for invitation in session.get_one(Round, round_id).invitations
        }
    return [
        Rater(address, groups[address], token, declines=number % declining == 0)
        for number, (address, token) in enumerate(tokens(service, round_id).items(), start=1)
    ]


def check_every_answer_is_kept_once(
    service: Service, round_id: uuid.UUID, served: Sequence[Rater]
) -> None:
    """What raters were told is what is stored: before the round's close and after it."""
    assert all(rater.is_content for rater in served)
    answered = [rater for rater in served if not rater.declines]
    with service.database.reading() as session:
        done = set(session.scalars(select(Invitation.email).where(Invitation.done)))
        ballots = session.scalar(select(func.count()).select_from(SealedBallot))
    assert done == {rater.address for rater in served}
    assert ballots == len(served)
    close(service, round_id, now=dt.datetime.now(dt.UTC))
    check_closed_round_is_whole(service, round_id)
    with service.database.reading() as session:
        texts = Counter(comment.text for comment in session.scalars(select(Comment)))
    assert texts.total() == len(answered)
    for rater in answered:
        kept = [text for text in rater.attempts if texts[text]]
        assert len(kept) == 1, f"{rater} is kept {len(kept)} times"
        assert texts[kept[0]] == 1
        if rater.received is not None:
            assert kept == [rater.attempts[rater.received - 1]]


def check_closed_round_is_whole(service: Service, round_id: uuid.UUID) -> None:
    """Per group there are as many answers as used invitations less those declined."""
    with service.database.reading() as session:
        round_ = session.get_one(Round, round_id)
        assert round_.state in (RoundState.CLOSED, RoundState.RELEASED)
        responses: Counter[str] = Counter(
            session.scalars(select(Response.group_key).where(Response.round_id == round_id))
        )
        used: Counter[str] = Counter(i.group_key for i in round_.invitations if i.done)
        for group in round_.groups:
            assert responses[group.key] == used[group.key] - group.declined
        assert session.scalar(select(func.count()).select_from(SealedBallot)) == 0
