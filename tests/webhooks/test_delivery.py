"""From the deed to the receiver: nothing lost, nothing forged, and given up in the end."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from examples.webhook_receiver import verified
from survey.accounts.people import find_person
from survey.privacy.erasure import erase_mentorships
from survey.privacy.restriction import restrict
from survey.rounds.launch import launch_round
from survey.rounds.release import release_round
from survey.rounds.remind import remind_all
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import Round, Webhook, WebhookEvent, WebhookState
from survey.storage.queries import wrong_clock
from survey.webhooks import courier as courier_module
from survey.webhooks.announcing import announce
from survey.webhooks.courier import MOST_ATTEMPTS, PAUSES, pause_after
from survey.webhooks.errors import WebhookError
from survey.webhooks.registering import revoke_webhook
from tests.support.cases import NOW, close, draft_case, launch, launched_case, tokens
from tests.webhooks.receiving import Receiving, receiving
from tests.webhooks.world import (
    MENTOR,
    Clock,
    courier_of,
    outbox,
    queue_test,
    registered,
    sent_again,
    told,
)

# Later than anything that waits for the hour.
AFTER_THE_HOUR = NOW + dt.timedelta(hours=1, minutes=6)


@pytest.fixture
def there() -> Iterator[Receiving]:
    with receiving() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


def with_webhook(service: Service, there: Receiving) -> tuple[uuid.UUID, uuid.UUID, str]:
    """A draft of Max's and a webhook: the round's id, the webhook's, and its secret."""
    case = draft_case(service, {"manager": 1, "peers": 3})
    return case.round_id, *registered(service, there.address)


def release(service: Service, round_id: uuid.UUID) -> None:
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, round_id), NOW)


def test_a_round_from_launch_to_release(service: Service, there: Receiving, clock: Clock) -> None:
    round_id, webhook_id, secret = with_webhook(service, there)
    courier = courier_of(service, clock)
    launch(service, round_id)
    assert courier.deliver_due() == 1
    close(service, round_id, now=NOW + dt.timedelta(minutes=1))
    release(service, round_id)
    # Neither leaves in the hour of the close.
    for minutes in (1, 30, 59):
        clock.now = NOW + dt.timedelta(minutes=minutes)
        assert courier.deliver_due() == 0
    clock.now = AFTER_THE_HOUR
    assert courier.deliver_due() == 2
    assert len(there.got) == 3
    times = [NOW, AFTER_THE_HOUR, AFTER_THE_HOUR]
    for got, now in zip(there.got, times, strict=True):
        said = verified(secret, got.headers, got.body, now.timestamp())
        assert said["id"] == got.headers["webhook-id"]
        assert got.path == "/hook?key=in-the-path"
    url = f"https://feedback.example.org/api/v1/rounds/{round_id}"
    said_of = {told(got)["type"]: told(got) for got in there.got}
    assert set(said_of) == {"round.launched", "round.closed", "report.released"}
    for kind, said in said_of.items():
        # These and no more: no name, no figure, no time.
        address = url + ("/report" if kind == "report.released" else "")
        assert said == {
            "id": said["id"],
            "type": kind,
            "day": "2026-11-02",
            "data": {"round_id": str(round_id), "url": address},
        }
    assert len({said["id"] for said in said_of.values()}) == 3
    rows = outbox(service)
    assert {row.state for row in rows} == {WebhookState.DELIVERED}
    # No time outlives the sending.
    assert {(row.due_at, row.settled_on, row.attempts) for row in rows} == {(None, NOW.date(), 1)}
    assert courier.deliver_due() == 0
    assert {row.webhook_id for row in rows} == {webhook_id}


def test_nothing_that_a_rater_does_is_told(service: Service, there: Receiving) -> None:
    round_id, _, _ = with_webhook(service, there)
    launch(service, round_id)
    before = [row.id for row in outbox(service)]
    assert len(before) == 1
    links = tokens(service, round_id)
    with service.database.writing() as session:
        answer = {"c-start": "Say no more often."}
        submit_feedback(
            session, service.rater_links, links["peers1@example.org"], answer, NOW.date()
        )
    with service.database.writing() as session:
        decline(session, service.rater_links, links["peers2@example.org"], NOW.date())
    with service.database.writing() as session:
        remind_all(session, session.get_one(Round, round_id), NOW)
    assert [row.id for row in outbox(service)] == before


def test_a_close_looks_alike_however_many_have_answered(
    service: Service, there: Receiving, clock: Clock
) -> None:
    """All that differs between two closes is which round it was."""
    round_id, _, _ = with_webhook(service, there)
    launch(service, round_id)
    links = tokens(service, round_id)
    with service.database.writing() as session:
        for email in list(links)[:2]:
            submit_feedback(
                session, service.rater_links, links[email], {"c-start": "A"}, NOW.date()
            )
    close(service, round_id)
    clock.now = AFTER_THE_HOUR
    courier_of(service, clock).deliver_due()
    (closed,) = [got for got in there.got if told(got)["type"] == "round.closed"]
    assert len(closed.body) == len(
        f'{{"id":"evt_{"0" * 32}","type":"round.closed","day":"2026-11-02","data":{{"round_id":"'
        f'{round_id}","url":"https://feedback.example.org/api/v1/rounds/{round_id}"}}}}'
    )


def test_a_close_waits_for_the_hour_whenever_it_was(service: Service, there: Receiving) -> None:
    """From when it leaves, nothing can be told but the hour."""
    round_id, _, _ = with_webhook(service, there)
    for minute in (0, 1, 59):
        when = NOW.replace(minute=minute, second=17)
        with service.database.writing() as session:
            announce(session, session.get_one(Round, round_id), WebhookEvent.ROUND_CLOSED, when)
    hour = NOW.replace(minute=0) + dt.timedelta(hours=1)
    due = [row.due_at for row in outbox(service)]
    assert len(due) == 3
    for at in due:
        assert at is not None
        assert hour <= at < hour + dt.timedelta(minutes=5)


def test_only_what_was_chosen_is_told(service: Service, there: Receiving) -> None:
    case = draft_case(service, {"peers": 3})
    registered(service, there.address, [WebhookEvent.ROUND_CLOSED])
    launch(service, case.round_id)
    assert outbox(service) == []
    close(service, case.round_id)
    assert [row.event for row in outbox(service)] == [WebhookEvent.ROUND_CLOSED]


def test_two_webhooks_know_a_deed_by_one_id(
    service: Service, there: Receiving, clock: Clock
) -> None:
    round_id, _, first = with_webhook(service, there)
    _, second = registered(service, there.address)
    launch(service, round_id)
    assert courier_of(service, clock).deliver_due() == 2
    assert len({got.headers["webhook-id"] for got in there.got}) == 1
    assert first != second
    assert len({got.headers["webhook-signature"] for got in there.got}) == 2


def test_a_deed_that_fails_tells_nobody(service: Service, there: Receiving) -> None:
    """The deed and its telling are one transaction."""
    round_id, _, _ = with_webhook(service, there)
    with pytest.raises(ZeroDivisionError), service.database.writing() as session:
        round_ = session.get_one(Round, round_id)
        framework = service.catalogue.get(session, round_.mentorship.mentor, round_.framework_id)
        launch_round(
            session,
            round_,
            framework,
            links=service.rater_links,
            master_key=service.master_key,
            now=NOW,
        )
        session.flush()
        raise ZeroDivisionError
    assert outbox(service) == []
    launch(service, round_id)
    assert len(outbox(service)) == 1


def test_a_receiver_that_is_away_is_asked_again_for_two_days(
    service: Service, there: Receiving, clock: Clock
) -> None:
    _, webhook_id, _ = with_webhook(service, there)
    courier = courier_of(service, clock)
    there.status = 503
    queue_test(service, webhook_id)
    attempts = 0
    while outbox(service)[0].state is WebhookState.WAITING:
        assert courier.deliver_due() == 1, attempts
        assert courier.deliver_due() == 0, "not at once"
        attempts += 1
        (row,) = outbox(service)
        if row.state is WebhookState.WAITING:
            assert row.due_at is not None
            pause = (row.due_at - clock.now) / PAUSES[attempts - 1]
            assert 0.79 < pause < 1.21
            clock.now = row.due_at
    assert attempts == MOST_ATTEMPTS
    assert dt.timedelta(hours=38) < clock.now - NOW < dt.timedelta(hours=60)
    (row,) = outbox(service)
    assert (row.state, row.due_at) == (WebhookState.GIVEN_UP, None)
    assert row.last_problem == "The receiver answered 503."
    # The same id each time, and a time of its own.
    assert len({got.headers["webhook-id"] for got in there.got}) == 1
    assert len({got.headers["webhook-timestamp"] for got in there.got}) == MOST_ATTEMPTS
    clock.now += dt.timedelta(days=30)
    assert courier.deliver_due() == 0


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({pause_after(3) for _ in range(20)}) > 10
    total = sum(PAUSES, dt.timedelta())
    assert dt.timedelta(hours=47) < total < dt.timedelta(hours=50)


def test_once_it_works_the_problem_is_gone(
    service: Service, there: Receiving, clock: Clock
) -> None:
    _, webhook_id, _ = with_webhook(service, there)
    courier = courier_of(service, clock)
    there.status = 500
    queue_test(service, webhook_id)
    courier.deliver_due()

    def problem() -> str:
        with service.database.reading() as session:
            return session.get_one(Webhook, webhook_id).last_problem

    assert problem() == "The receiver answered 500."
    there.status = 204
    clock.now += dt.timedelta(minutes=2)
    assert courier.deliver_due() == 1
    assert problem() == ""
    assert outbox(service)[0].state is WebhookState.DELIVERED


def test_a_receiver_that_says_it_is_gone_is_not_asked_again(
    service: Service, there: Receiving, clock: Clock
) -> None:
    _, webhook_id, _ = with_webhook(service, there)
    there.status = 410
    queue_test(service, webhook_id)
    courier_of(service, clock).deliver_due()
    (row,) = outbox(service)
    assert (row.state, row.attempts) == (WebhookState.GIVEN_UP, 1)


class KilledError(BaseException):
    """Stands for a worker that dies: nothing of the service catches it."""


def test_a_crash_between_sending_and_noting_sends_it_again_under_the_same_id(
    service: Service, there: Receiving, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id, _, secret = with_webhook(service, there)
    launch(service, round_id)

    def die(*_arguments: object, **_named: object) -> bool:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(courier_module.webhook_queries, "note_outcome", die)
        with pytest.raises(KilledError):
            courier_of(service, clock).deliver_due()
    assert len(there.got) == 1
    # Another worker leaves it alone while the first may be at it still, and takes it over then.
    other = courier_of(service, clock)
    assert other.deliver_due() == 0
    clock.now += dt.timedelta(minutes=2)
    assert other.deliver_due() == 1
    first, second = there.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    for got in (first, second):
        verified(secret, got.headers, got.body, clock.now.timestamp())
    assert outbox(service)[0].state is WebhookState.DELIVERED


def test_what_an_attempt_that_was_taken_over_comes_to_counts_no_more(
    service: Service, there: Receiving, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that slept: meanwhile another has delivered it."""
    _, webhook_id, _ = with_webhook(service, there)
    queue_test(service, webhook_id)
    slow, quick = courier_of(service, clock), courier_of(service, clock)
    original = courier_module.post

    def sleeping(*arguments: object, **named: object) -> None:
        monkeypatch.setattr(courier_module, "post", original)
        clock.now += dt.timedelta(minutes=2)
        assert quick.deliver_due() == 1
        raise WebhookError("It took too long.")

    monkeypatch.setattr(courier_module, "post", sleeping)
    assert slow.deliver_due() == 1
    (row,) = outbox(service)
    assert (row.state, row.last_problem) == (WebhookState.DELIVERED, "")


def test_several_workers_send_each_once(service: Service, there: Receiving, clock: Clock) -> None:
    _, webhook_id, _ = with_webhook(service, there)
    for _ in range(12):
        queue_test(service, webhook_id)
    couriers = [courier_of(service, clock) for _ in range(3)]
    threads = [threading.Thread(target=courier.deliver_due) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [got.headers["webhook-id"] for got in there.got]
    assert len(ids) == len(set(ids)) == 12


def test_a_message_is_sent_again_when_its_owner_wants_it(
    service: Service, there: Receiving, clock: Clock
) -> None:
    _, webhook_id, _ = with_webhook(service, there)
    courier = courier_of(service, clock)
    queue_test(service, webhook_id)
    (row,) = outbox(service)
    with pytest.raises(WebhookError, match="by itself"):
        sent_again(service, row.id, NOW)
    courier.deliver_due()
    clock.now += dt.timedelta(days=3)
    sent_again(service, row.id, clock.now)
    assert courier.deliver_due() == 1
    first, second = there.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


def test_a_close_cannot_be_sent_before_its_hour(service: Service, there: Receiving) -> None:
    round_id, _, _ = with_webhook(service, there)
    launch(service, round_id)
    close(service, round_id)
    for row in outbox(service):
        with pytest.raises(WebhookError, match="by itself"):
            sent_again(service, row.id, NOW)


def test_a_revoked_webhook_is_told_nothing_that_waits(
    service: Service, there: Receiving, clock: Clock
) -> None:
    round_id, webhook_id, _ = with_webhook(service, there)
    launch(service, round_id)
    with service.database.writing() as session:
        webhook = session.get_one(Webhook, webhook_id)
        revoke_webhook(session, webhook.person, webhook, NOW)
    assert outbox(service) == []
    assert courier_of(service, clock).deliver_due() == 0
    assert there.got == []


@pytest.mark.parametrize("barred", ["deactivated", "restricted", "no mentor any more"])
def test_who_may_know_nothing_is_told_nothing(
    service: Service, there: Receiving, clock: Clock, barred: str
) -> None:
    """Neither of what happens then, nor of what waits since before."""
    case = launched_case(service, {"peers": 3})
    webhook_id, _ = registered(service, there.address)
    queue_test(service, webhook_id)
    with service.database.writing() as session:
        person = find_person(session, MENTOR)
        assert person is not None
        if barred == "deactivated":
            person.deactivated_on = NOW.date()
        elif barred == "restricted":
            person.restricted_on = NOW.date()
        else:
            person.is_mentor = False
    close(service, case.round_id)
    assert [row.event for row in outbox(service)] == [WebhookEvent.TEST]
    assert courier_of(service, clock).deliver_due() == 0
    assert there.got == []
    (row,) = outbox(service)
    assert row.state is WebhookState.GIVEN_UP
    assert "may not be told" in row.last_problem


def test_of_a_mentee_whose_data_is_restricted_nobody_is_told(
    service: Service, there: Receiving
) -> None:
    round_id, _, _ = with_webhook(service, there)
    launch(service, round_id)
    with service.database.writing() as session:
        mentee = find_person(session, "mia.mentee@example.org")
        assert mentee is not None
        restrict(session, mentee, None, NOW)
    close(service, round_id)
    assert [row.event for row in outbox(service)] == [WebhookEvent.ROUND_LAUNCHED]


def test_a_lost_secret_is_told_to_the_owner(
    service: Service, there: Receiving, clock: Clock
) -> None:
    """The key database was put back from before."""
    _, webhook_id, _ = with_webhook(service, there)
    queue_test(service, webhook_id)
    with service.database.writing() as session:
        session.connection().execute(text("UPDATE webhooks SET secret_sealed = address_sealed"))
    assert courier_of(service, clock).deliver_due() == 0
    (row,) = outbox(service)
    assert row.state is WebhookState.GIVEN_UP
    assert "Revoke this webhook" in row.last_problem


def test_neither_secret_nor_address_lies_in_the_database(
    service: Service, there: Receiving
) -> None:
    _, webhook_id, secret = with_webhook(service, there)
    with service.database.reading() as session:
        webhook = session.get_one(Webhook, webhook_id)
        assert (webhook.secret, webhook.address) == (secret, there.address)
    with service.database.engine.connect() as connection:
        stored = repr(
            [tuple(map(_plain, row)) for row in connection.execute(text("SELECT * FROM webhooks"))]
        )
    for hidden in (secret, secret[10:40], "127.0.0.1", "in-the-path"):
        assert hidden not in stored


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def test_what_a_wrong_clock_put_off_goes_once_it_is_right(
    service: Service, there: Receiving, clock: Clock
) -> None:
    _, webhook_id, _ = with_webhook(service, there)
    queue_test(service, webhook_id, NOW + dt.timedelta(days=400))
    assert courier_of(service, clock).deliver_due() == 0
    with service.database.writing() as session:
        assert wrong_clock.left_by_a_wrong_clock(session, NOW)
        wrong_clock.undo_wrong_clock(session, NOW)
    assert courier_of(service, clock).deliver_due() == 1


def test_rows_of_a_round_that_is_gone_go_with_it(service: Service, there: Receiving) -> None:
    round_id, _, _ = with_webhook(service, there)
    launch(service, round_id)
    with service.database.writing() as session:
        mentorship_id = session.get_one(Round, round_id).mentorship_id
        erase_mentorships(session, service.keys, [mentorship_id], None, NOW)
    assert outbox(service) == []
    with service.database.reading() as session:
        assert len(session.scalars(select(Webhook)).all()) == 1
