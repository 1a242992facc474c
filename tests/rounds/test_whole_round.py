"""A round from launch to report, through the use cases."""

from __future__ import annotations

import datetime as dt
import statistics

import pytest
from sqlalchemy import func, select

from survey.report.of_round import report_of_round
from survey.rounds.close import close_round
from survey.rounds.errors import RoundClosedError, UsedLinkError, WrongStateError
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.release import release_round
from survey.rounds.status import round_status
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import Comment, Invitation, Response, Round, RoundState, SealedBallot
from tests.support.cases import NOW, close, launched_case, tokens

TODAY = NOW.date()


def rating(address: str, item: int) -> int:
    """A rating made from a rater's address, so that the test can work out means by itself."""
    return 1 + (sum(address.encode()) + item) % 5


def test_answers_of_a_round_arrive_in_the_report(service: Service) -> None:
    case = launched_case(service)
    with service.database.reading() as session:
        questionnaire = questionnaire_of(session.get_one(Round, case.round_id))
    items = [i for competency in questionnaire.competencies for i in competency.indicator_ids]
    links = tokens(service, case.round_id)
    assert len(links) == 17
    for address, token in links.items():
        fields = {f"r-{item}": str(rating(address, n)) for n, item in enumerate(items)}
        fields["c-start"] = f"Comment of {address}"
        with service.database.writing() as session:
            submit_feedback(session, service.rater_links, token, fields, TODAY)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        status = {group.key: group for group in round_status(session, round_)}
        assert {key: group.done for key, group in status.items()} == {
            "self": 1,
            "manager": 1,
            "peers": 5,
            "direct_reports": 4,
            "customers": 6,
        }
        with pytest.raises(WrongStateError):
            report_of_round(session, round_, "en")
        close_round(session, round_, master_key=service.master_key, now=NOW)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SealedBallot)) == 0
        assert session.scalar(select(func.count()).select_from(Response)) == 17
        assert session.scalar(select(func.count()).select_from(Comment)) == 17
        report = report_of_round(session, session.get_one(Round, case.round_id), "en")
    numbers = {item: n for n, item in enumerate(items)}
    for asked, shown in zip(questionnaire.competencies, report.competencies, strict=True):
        group_means = {}
        for row in shown.rows:
            members = [a for a in links if a.startswith(row.group)] or ["mia.mentee@example.org"]
            expected = statistics.mean(
                statistics.mean(rating(address, numbers[i]) for i in asked.indicator_ids)
                for address in members
            )
            assert row.after.n == len(members)
            assert row.after.mean == pytest.approx(expected)
            group_means[row.group] = expected
        own = group_means.pop("self")
        assert shown.self_after == pytest.approx(own)
        assert shown.all_after == pytest.approx(statistics.mean(group_means.values()))
    texts = [text for comment in report.comments for text in comment.texts]
    assert sorted(texts) == sorted(f"Comment of {address}" for address in links)


def test_a_link_counts_once_and_a_round_closes_once(service: Service) -> None:
    case = launched_case(service)
    links = tokens(service, case.round_id)
    fields = {"c-start": "Once"}
    token = links["peers1@example.org"]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, fields, TODAY)
    with pytest.raises(UsedLinkError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, fields, TODAY)
    with pytest.raises(UsedLinkError), service.database.writing() as session:
        decline(session, service.rater_links, token, TODAY)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
        assert round_.state is RoundState.CLOSED
        assert round_.public_key is None
        assert round_.wrapped_private_key is None
    with pytest.raises(RoundClosedError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, links["peers2@example.org"], fields, TODAY)
    with pytest.raises(WrongStateError), service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, case.round_id), NOW)
    with pytest.raises(WrongStateError), service.database.writing() as session:
        release_round(session, session.get_one(Round, case.round_id), NOW)


def test_a_decline_is_a_number_and_no_mark_on_the_rater(service: Service) -> None:
    case = launched_case(service)
    links = tokens(service, case.round_id)
    with service.database.writing() as session:
        decline(session, service.rater_links, links["peers1@example.org"], TODAY)
        submit_feedback(
            session, service.rater_links, links["peers2@example.org"], {"c-start": "Hm"}, TODAY
        )
    close(service, case.round_id)
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        peers = next(g for g in round_status(session, round_) if g.key == "peers")
        assert (peers.answered, peers.declined) == (1, 1)
        columns = [c.key for c in Invitation.__table__.columns if c.key not in IDENTIFYING]
        marks = {
            tuple(getattr(invitation, column) for column in columns)
            for invitation in round_.invitations
            if invitation.email in ("peers1@example.org", "peers2@example.org")
        }
        assert len(marks) == 1


IDENTIFYING = {"id", "name", "email", "normalised_email", "link_hash"}


def test_a_round_past_its_deadline_takes_no_answer(service: Service) -> None:
    case = launched_case(service)
    token = tokens(service, case.round_id)["peers1@example.org"]
    last_day = TODAY + dt.timedelta(days=14)
    with pytest.raises(RoundClosedError), service.database.writing() as session:
        submit_feedback(
            session,
            service.rater_links,
            token,
            {"c-start": "Late"},
            last_day + dt.timedelta(days=1),
        )
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "In time"}, last_day)
