"""Preparing and launching a round: all or nothing, and what is frozen stays frozen."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor
from survey.frameworks.rater_groups import (
    CUSTOMERS,
    MANAGER,
    PEERS,
    SELF,
    STANDARD_GROUPS,
    RaterGroup,
    custom_group,
)
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.rounds.draft import (
    RoundDetails,
    add_raters,
    create_draft,
    discard_draft,
    remove_rater,
    update_draft,
)
from survey.rounds.errors import (
    InvalidRoundError,
    TooManyFrameworksError,
    TooManyLettersError,
    WrongStateError,
)
from survey.rounds.framework_catalogue import MOST_UPLOADS
from survey.rounds.launch import launch_round, launch_warnings
from survey.rounds.manage import add_late_raters
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.rater_list import RaterEntry
from survey.service import Service
from survey.storage.models import (
    Delivery,
    Invitation,
    Letter,
    LetterKind,
    Mentorship,
    Person,
    Round,
    RoundGroup,
    RoundKind,
    RoundState,
    StoredQuestionnaire,
)
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import (
    NOW,
    close,
    draft_case,
    entries,
    invitation_of,
    launch,
    launched_case,
)

TODAY = NOW.date()
IN_TWO_WEEKS = TODAY + dt.timedelta(days=14)


def details(**changed: object) -> RoundDetails:
    return RoundDetails(
        **{
            "kind": RoundKind.BEFORE,
            "framework_id": "leadership",
            "groups": STANDARD_GROUPS,
            "deadline": IN_TWO_WEEKS,
            **changed,
        }  # type: ignore[arg-type]
    )


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def addresses(round_: Round) -> set[tuple[str, str]]:
    return {(i.group_key, i.email) for i in round_.invitations}


def test_all_problems_of_the_details_are_told_at_once_and_nothing_is_stored(
    service: Service,
) -> None:
    foreign = launched_case(service)
    with service.database.writing() as session:
        mentor = session.get_one(Person, foreign.mentor_id)
        mentorship = add_mentee(session, mentor, "Otto Other", "otto@example.org", NOW)
        other_round = session.get_one(Round, foreign.round_id)
        other_goal = session.get_one(Mentorship, foreign.mentorship_id).goals[0]
        with pytest.raises(InvalidRoundError) as caught:
            create_draft(
                session,
                mentorship,
                details(
                    groups=[PEERS, RaterGroup("peers", "Colleagues", anonymous=True)],
                    threshold=1,
                    deadline=TODAY - dt.timedelta(days=1),
                    goal=other_goal,
                    compared_with=other_round,
                ),
                TODAY,
            )
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "Rater groups",
        "Anonymity threshold",
        "Deadline",
        "Goal",
        "Compared round",
    ]
    with service.database.reading() as session:
        assert session.scalars(select(Round.id)).all() == [foreign.round_id]
        assert count(session, RoundGroup) == len(STANDARD_GROUPS)


def test_wrong_details_leave_a_draft_as_it_was(service: Service) -> None:
    case = draft_case(service)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"groups": []}, "Rater groups: choose at least one"),
        ({"threshold": 1}, "Anonymity threshold: 1 would show"),
        ({"deadline": TODAY - dt.timedelta(days=1)}, "Deadline: that day is over"),
        ({"deadline": TODAY + dt.timedelta(days=181)}, "Deadline: links live 180 days"),
    ]
    with service.database.writing() as session:
        draft = session.get_one(Round, case.round_id)
        for changed, expected in wrong:
            with pytest.raises(InvalidRoundError, match=expected):
                update_draft(session, draft, details(purpose="New words", **changed), TODAY)
    with service.database.reading() as session:
        draft = session.get_one(Round, case.round_id)
        assert draft.purpose == ""
        assert draft.deadline == IN_TWO_WEEKS
        assert [group.key for group in draft.groups] == [group.key for group in STANDARD_GROUPS]
        assert {group.threshold for group in draft.groups if group.anonymous} == {3}


@pytest.mark.parametrize("day", [TODAY, TODAY + dt.timedelta(days=180)])
def test_the_first_and_the_last_possible_deadline_are_taken(service: Service, day: dt.date) -> None:
    case = draft_case(service)
    with service.database.writing() as session:
        update_draft(session, session.get_one(Round, case.round_id), details(deadline=day), TODAY)
    launch(service, case.round_id)
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).deadline == day


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"kind": RoundKind.BEFORE}, "a before round has nothing to be compared with"),
        ({"framework_id": "customer-facing"}, "it must be the one of the compared round"),
        ({}, "it is not closed yet"),
    ],
)
def test_a_round_is_compared_only_with_one_that_asked_the_same(
    service: Service, changed: dict[str, object], expected: str
) -> None:
    case = launched_case(service)
    with service.database.writing() as session:
        before = session.get_one(Round, case.round_id)
        with pytest.raises(InvalidRoundError, match=expected):
            create_draft(
                session,
                before.mentorship,
                details(**{"kind": RoundKind.AFTER, "compared_with": before, **changed}),
                TODAY,
            )


def test_raters_of_groups_that_are_no_longer_asked_are_taken_off(service: Service) -> None:
    case = draft_case(service, {"manager": 1, "peers": 2, "customers": 2})
    board = custom_group("Board")
    with service.database.writing() as session:
        draft = session.get_one(Round, case.round_id)
        update_draft(session, draft, details(groups=[PEERS, board], threshold=4), TODAY)
    with service.database.reading() as session:
        draft = session.get_one(Round, case.round_id)
        assert addresses(draft) == {
            ("peers", "peers1@example.org"),
            ("peers", "peers2@example.org"),
        }
        assert [(g.key, g.label, g.threshold) for g in draft.groups] == [
            ("peers", "Peers", 4),
            (board.key, "Board", 4),
        ]
        assert count(session, Invitation) == 2


def test_the_mentee_is_invited_exactly_when_the_round_asks_for_the_self_view(
    service: Service,
) -> None:
    case = draft_case(service, {"peers": 1}, groups=[PEERS])
    mine = ("self", "mia.mentee@example.org")

    def change(*groups: RaterGroup) -> set[tuple[str, str]]:
        with service.database.writing() as session:
            update_draft(
                session, session.get_one(Round, case.round_id), details(groups=groups), TODAY
            )
        with service.database.reading() as session:
            return addresses(session.get_one(Round, case.round_id))

    assert change(PEERS) == {("peers", "peers1@example.org")}
    assert change(PEERS, SELF) == {("peers", "peers1@example.org"), mine}
    assert change(SELF, PEERS) == {("peers", "peers1@example.org"), mine}
    assert change(PEERS) == {("peers", "peers1@example.org")}


def test_the_self_invitation_can_not_be_taken_off_by_hand(service: Service) -> None:
    case = draft_case(service, {"peers": 1})
    with service.database.writing() as session:
        draft = session.get_one(Round, case.round_id)
        remove_rater(session, draft, invitation_of(draft, "mia.mentee@example.org").id)
        remove_rater(session, draft, invitation_of(draft, "peers1@example.org").id)
        remove_rater(session, draft, uuid.uuid4())
    with service.database.reading() as session:
        assert addresses(session.get_one(Round, case.round_id)) == {
            ("self", "mia.mentee@example.org")
        }


def test_raters_of_the_compared_round_are_proposed(service: Service) -> None:
    case = launched_case(service, {"manager": 1, "peers": 3, "customers": 2})
    close(service, case.round_id)
    with service.database.writing() as session:
        before = session.get_one(Round, case.round_id)
        invitation_of(before, "peers3@example.org").revoked = True
        invitation_of(before, "peers1@example.org").language = "de"
        draft = create_draft(
            session,
            before.mentorship,
            details(kind=RoundKind.AFTER, compared_with=before, groups=[SELF, MANAGER, PEERS]),
            TODAY,
        )
        draft_id = draft.id
    with service.database.reading() as session:
        draft = session.get_one(Round, draft_id)
        assert addresses(draft) == {
            ("self", "mia.mentee@example.org"),
            ("manager", "manager1@example.org"),
            ("peers", "peers1@example.org"),
            ("peers", "peers2@example.org"),
        }
        copied = invitation_of(draft, "peers1@example.org")
        assert (copied.name, copied.language) == ("peers 1", "de")
        assert (copied.link_hash, copied.delivery) == (None, Delivery.NOT_SENT)


def test_raters_are_added_all_or_none(service: Service) -> None:
    case = draft_case(service, {"peers": 1})
    good = RaterEntry("Good", "good@example.org", "peers", None)
    with service.database.writing() as session:
        draft = session.get_one(Round, case.round_id)
        for wrong in (
            RaterEntry("Nobody", "no address", "peers", None),
            RaterEntry("New", "peers1@example.org", "customers", None),
            RaterEntry("New", "PEERS1+work@example.org", "customers", None),
            RaterEntry("New", "new@example.org", "board", None),
            RaterEntry("Mia", "Mia.Mentee@example.org", "peers", None),
            RaterEntry("Max", "max.mentor@example.org", "peers", None),
            RaterEntry("New\r\nBcc: thief@example.org", "new@example.org", "peers", None),
        ):
            problems = add_raters(session, draft, [good, wrong])
            assert {problem.row for problem in problems} == {2}, wrong
    with service.database.reading() as session:
        assert {email for _, email in addresses(session.get_one(Round, case.round_id))} == {
            "mia.mentee@example.org",
            "peers1@example.org",
        }


def test_a_mentor_invites_so_many_people_in_a_day(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("survey.rounds.launch.MOST_INVITED_A_DAY", 10)
    first = draft_case(service, {"peers": 5})
    launch(service, first.round_id)
    with service.database.writing() as session:
        mentorship = session.get_one(Round, first.round_id).mentorship
        more = create_draft(session, mentorship, details(), TODAY)
        four = [RaterEntry(f"Rater {n}", f"more{n}@example.org", "peers", None) for n in range(4)]
        assert add_raters(session, more, four) == []
        second_id = more.id
    with pytest.raises(TooManyLettersError, match=r"10 people .* 6 were today"):
        launch(service, second_id)
    late = [RaterEntry(f"Late {n}", f"late{n}@example.org", "peers", None) for n in range(5)]
    with service.database.writing() as session:
        round_ = session.get_one(Round, first.round_id)
        invite = partial(add_late_raters, session, round_, links=service.rater_links, now=NOW)
        with pytest.raises(TooManyLettersError):
            invite(late)
        assert invite(late[:4]) == []
        assert session.get_one(Round, second_id).state is RoundState.DRAFT
    with service.database.reading() as session:
        assert len(session.get_one(Round, first.round_id).invitations) == 10


def test_a_mentor_uploads_so_many_frameworks_and_replaces_them(service: Service) -> None:
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", "max.mentor@example.org")
        other = add_mentor(session, "Mona Mentor", "mona.mentor@example.org")
        for number in range(MOST_UPLOADS):
            own = broken("id: leadership", f"id: own-{number}", GOOD)
            service.catalogue.store_upload(session, mentor, own.encode(), "own.yaml")
        one_more = broken("id: leadership", "id: one-more", GOOD).encode()
        with pytest.raises(TooManyFrameworksError, match=r"more\.yaml: at most 50"):
            service.catalogue.store_upload(session, mentor, one_more, "more.yaml")
        assert "one-more" not in service.catalogue.for_mentor(session, mentor)
        service.catalogue.store_upload(session, other, one_more, "more.yaml")
        large = broken("id: leadership", "id: own-0", GOOD) + "#" * 900_000
        store = partial(service.catalogue.store_upload, session, other, file_name="large.yaml")
        for number in range(2):
            store(content=large.replace("own-0", f"own-{number}").encode())
        with pytest.raises(TooManyFrameworksError, match="together 2 MiB"):
            store(content=large.replace("own-0", "own-2").encode())
        # What is there can still be changed.
        changed = broken("Explains the reasons behind decisions", "Tells everybody why", own)
        changed = broken("version: 1.0.0", "version: 2.0.0", changed)
        service.catalogue.store_upload(session, mentor, changed.encode(), "own.yaml")
        kept = service.catalogue.get(session, mentor, f"own-{MOST_UPLOADS - 1}")
        assert "Tells everybody why" in str(kept)


def test_before_and_after_ask_the_same_although_the_framework_changed(service: Service) -> None:
    source = broken("id: leadership", "id: own-leadership", GOOD)
    changed = broken("Explains the reasons behind decisions", "Tells everybody why", source)
    changed = broken("version: 1.0.0", "version: 2.0.0", changed)
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", "max.mentor@example.org")
        service.catalogue.store_upload(session, mentor, source.encode(), "own.yaml")
        mentorship = add_mentee(session, mentor, "Mia Mentee", "mia@example.org", NOW)
        own = details(framework_id="own-leadership", groups=[SELF, PEERS])
        before_id = create_draft(session, mentorship, own, TODAY).id
    launch(service, before_id)
    close(service, before_id)
    with service.database.writing() as session:
        mentorship = session.get_one(Round, before_id).mentorship
        service.catalogue.store_upload(session, mentorship.mentor, changed.encode(), "own.yaml")
        after_id = create_draft(
            session,
            mentorship,
            details(
                kind=RoundKind.AFTER,
                framework_id="own-leadership",
                groups=[SELF, PEERS],
                compared_with=session.get_one(Round, before_id),
            ),
            TODAY,
        ).id
        fresh_id = create_draft(session, mentorship, own, TODAY).id
    launch(service, after_id)
    launch(service, fresh_id)
    with service.database.reading() as session:
        before, after, fresh = (
            session.get_one(Round, round_id) for round_id in (before_id, after_id, fresh_id)
        )
        assert before.questionnaire_id == after.questionnaire_id
        assert fresh.questionnaire_id != before.questionnaire_id
        assert count(session, StoredQuestionnaire) == 2

        def first_item(round_: Round) -> str:
            form = questionnaire_of(round_).form_for("peers", "en", "Mia", round_.kind.value)
            return form.competencies[0].items[0].text

        assert first_item(after) == "Explains the reasons behind decisions"
        assert first_item(fresh) == "Tells everybody why"
        # The question for after rounds only is part of what was frozen before.
        asked = questionnaire_of(after).form_for("peers", "en", "Mia", "after").questions
        assert [question.id for question in asked] == ["start", "change"]


def test_an_after_round_may_ask_a_group_more(service: Service) -> None:
    case = launched_case(service)
    close(service, case.round_id)
    board = custom_group("Board")
    with service.database.writing() as session:
        before = session.get_one(Round, case.round_id)
        after_id = create_draft(
            session,
            before.mentorship,
            details(kind=RoundKind.AFTER, compared_with=before, groups=[*STANDARD_GROUPS, board]),
            TODAY,
        ).id
    launch(service, after_id)
    with service.database.reading() as session:
        before, after = session.get_one(Round, case.round_id), session.get_one(Round, after_id)
        old, new = questionnaire_of(before), questionnaire_of(after)
        assert new.competencies == old.competencies
        assert new.open_questions == old.open_questions
        assert set(new.group_keys) - set(old.group_keys) == {board.key}
        new.form_for(board.key, "en", "Mia", "after")


def test_a_launch_gives_everybody_one_link_and_one_letter(service: Service) -> None:
    case = draft_case(service, {"manager": 1, "peers": 3})
    launch(service, case.round_id)
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert (round_.state, round_.launched_on) == (RoundState.OPEN, TODAY)
        assert round_.public_key is not None
        assert round_.wrapped_private_key is not None
        assert len({i.link_hash for i in round_.invitations} - {None}) == 5
        assert {i.delivery for i in round_.invitations} == {Delivery.QUEUED}
        letters = session.scalars(
            select(Letter.invitation_id).where(Letter.kind == LetterKind.INVITATION)
        ).all()
        assert sorted(letters) == sorted(i.id for i in round_.invitations)


def test_a_round_is_launched_once(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        before = (round_.public_key, {i.link_hash for i in round_.invitations})
        letters = count(session, Letter)
    with pytest.raises(WrongStateError, match="launched only once"):
        launch(service, case.round_id)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        for refused in (
            lambda: update_draft(session, round_, details(), TODAY),
            lambda: add_raters(session, round_, entries({"customers": 1})),
            lambda: remove_rater(session, round_, round_.invitations[0].id),
            lambda: discard_draft(session, round_),
        ):
            with pytest.raises(WrongStateError):
                refused()
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert (round_.public_key, {i.link_hash for i in round_.invitations}) == before
        assert count(session, Letter) == letters


def test_two_launches_at_the_same_instant_are_one(service: Service) -> None:
    """A double click reaches two web processes: one of them launches, the other is refused."""
    case = draft_case(service, {"peers": 3})
    first_has_read, second_has_read = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def launch_in(session: Session, round_: Round) -> None:
        framework = service.catalogue.get(session, round_.mentorship.mentor, round_.framework_id)
        launch_round(
            session,
            round_,
            framework,
            links=service.rater_links,
            master_key=service.master_key,
            now=NOW,
        )

    def second() -> None:
        first_has_read.wait(10)
        try:
            with service.database.writing() as session:
                round_ = session.get_one(Round, case.round_id)
                second_has_read.set()
                first_is_done.wait(10)
                launch_in(session, round_)
            outcomes.append("launched")
        except WrongStateError:
            outcomes.append("refused")

    first_is_done = threading.Event()
    thread = threading.Thread(target=second)
    thread.start()
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        first_has_read.set()
        # On SQLite the second waits for the whole of the first, so nothing comes here.
        second_has_read.wait(0.3)
        launch_in(session, round_)
    first_is_done.set()
    thread.join(20)
    assert outcomes == ["refused"]
    with service.database.reading() as session:
        invited = len(session.get_one(Round, case.round_id).invitations)
        assert (
            session.scalar(select(func.count()).where(Letter.kind == LetterKind.INVITATION))
            == invited
        )


def test_nobody_invited_or_a_past_deadline_stop_a_launch(service: Service) -> None:
    case = draft_case(service, {}, groups=[PEERS])
    with pytest.raises(InvalidRoundError) as caught:
        launch(service, case.round_id, now=NOW + dt.timedelta(days=15))
    assert [p.partition(":")[0] for p in caught.value.problems] == ["Raters", "Deadline"]
    with pytest.raises(InvalidRoundError, match="nobody is invited"):
        launch(service, case.round_id)
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert round_.state is RoundState.DRAFT
        assert (round_.questionnaire_id, round_.public_key) == (None, None)
        assert session.scalar(select(func.count()).where(Letter.kind == LetterKind.INVITATION)) == 0


def test_a_failing_launch_keeps_nothing(service: Service) -> None:
    case = draft_case(service, {"peers": 3})
    with service.database.reading() as session:
        letters = count(session, Letter)

    class BrokenLinks:
        issued = 0

        def issue(self, invitation: Invitation, today: dt.date) -> None:
            service.rater_links.issue(invitation, today)
            self.issued += 1
            if self.issued == 3:
                raise ConnectionError("in the middle")

    with pytest.raises(ConnectionError), service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        launch_round(
            session,
            round_,
            service.catalogue.shipped["leadership"],
            links=BrokenLinks(),  # type: ignore[arg-type]
            master_key=service.master_key,
            now=NOW,
        )
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert round_.state is RoundState.DRAFT
        assert {i.link_hash for i in round_.invitations} == {None}
        assert count(session, Letter) == letters
        assert count(session, StoredQuestionnaire) == 0


def test_warnings_name_the_groups_that_may_stay_hidden(service: Service) -> None:
    case = draft_case(service, {"peers": 3, "direct_reports": 2, "customers": 4})
    with service.database.reading() as session:
        warnings = launch_warnings(session.get_one(Round, case.round_id))
    assert [warning.partition(":")[0] for warning in warnings] == [
        "Manager",
        "Peers",
        "Direct reports",
    ]
    assert warnings[0].endswith("nobody is invited.")
    assert "everybody has to answer" in warnings[1]
    assert "2 invited, but answers are shown only from 3 on" in warnings[2]


def test_a_goal_of_somebody_else_is_refused_and_one_s_own_is_kept(service: Service) -> None:
    case = draft_case(service, groups=[SELF, CUSTOMERS], raters={"customers": 3})
    with service.database.writing() as session:
        draft = session.get_one(Round, case.round_id)
        other = add_mentee(session, draft.mentorship.mentor, "Otto", "otto@example.org", NOW)
        goal = save_goal(session, other, GoalDetails("Something else"), None)
        assert draft.goal is draft.mentorship.goals[0]
        with pytest.raises(InvalidRoundError, match="Goal: it belongs to another"):
            update_draft(session, draft, details(goal=goal), TODAY)
        assert draft.goal is draft.mentorship.goals[0]
