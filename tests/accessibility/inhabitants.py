"""Everybody and everything that pages can be about: the demo, and what it has nothing of."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.people import add_mentor, add_programme_lead
from survey.accounts.roles import add_administrator
from survey.demo.fill import fill_demo
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.mentoring.mentoring_feedback import give_feedback
from survey.mentoring.reflective_log import LogDetails, save_log_entry
from survey.mentoring.self_reflection import ReflectionDetails, save_reflection
from survey.privacy.requests import ask
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.framework_drafts import begin_draft
from survey.rounds.proposals import ask_for_proposals, propose
from survey.rounds.rater_list import RaterEntry
from survey.rounds.submit import form_of, submit_feedback
from survey.storage.models import (
    Delivery,
    Invitation,
    Mentorship,
    Person,
    ReflectionMoment,
    RequestKind,
    Round,
    RoundKind,
    SessionRecord,
    WebhookEvent,
)
from survey.webhooks.registering import register, send_test
from tests.accessibility.served import Served
from tests.frameworks.samples import GOOD, broken
from tests.programme.outcomes import programme
from tests.support.cases import NOW, close, entries, invitation_of, launch, launched_case, tokens
from tests.support.web import postman_of
from tests.web.test_programme_page import OUTCOMES

MENTOR, MENTEE = "helena.brandt@example.org", "samira.okafor@example.org"
OTHER_MENTEE = "tomasz.wierzbicki@example.org"
ADMINISTRATOR, LEAD = "ada.adams@example.org", "lena.lead@example.org"
# A mentor whose raters answer on the pages, and one who just began.
ASKING, NEWCOMER = "max.mentor@example.org", "nora.new@example.org"
PEERS = {"manager": 1, "peers": 20}
_COMMENT = "It helps when meetings end with a decision. Peter Smith says the same."


@dataclass
class Inhabitants:
    """A service with people and records of every kind, by what they are called in the visits."""

    served: Served
    ids: dict[str, uuid.UUID] = field(default_factory=dict)
    _used: dict[tuple[str, str], int] = field(default_factory=dict)

    def fresh_link(self, round_name: str, group: str = "peers") -> str:
        """The link of a rater of this round who has not used it in any visit."""
        service, used = self.served.service, (round_name, group)
        number = self._used[used] = self._used.get(used, 0) + 1
        with service.database.reading() as session:
            round_ = session.get_one(Round, self.ids[round_name])
            invitation = invitation_of(round_, f"{group}{number}@example.org")
            return service.rater_url(service.rater_links.token(invitation))

    def sign_in_link(self, email: str) -> str:
        """A link to sign in with."""
        service = self.served.service
        with service.database.writing() as session:
            person = session.scalars(select(Person).where(Person.email == email)).one()
            link = service.sign_in_links.create(session, person, service.now())
            return service.sign_in_url(service.sign_in_links.token(link))


def fill(served: Served) -> Inhabitants:
    """Let them all move in."""
    made = Inhabitants(served)
    service = served.service
    demo = fill_demo(service, NOW)
    case = launched_case(service, PEERS, purpose="We begin.\n\nThank you for your time.")
    with service.database.writing() as session:
        add_administrator(session, "Ada Adams", ADMINISTRATOR)
        add_programme_lead(session, "Lena Lead", LEAD)
        add_mentor(session, "Nora New", NEWCOMER)
        finished = session.get_one(Round, demo.change_report_id)
        running = session.get_one(Round, demo.open_round_id)
        made.ids = {
            "change": demo.change_report_id,
            "before": finished.compared_with_id or uuid.UUID(int=0),
            "open": demo.open_round_id,
            "invitation": _not_delivered(running),
            "asked": case.round_id,
            "mentorship": finished.mentorship_id,
            "goal": finished.mentorship.goals[0].id,
            "record": _first_record(session, finished.mentorship_id),
            "running": running.mentorship_id,
            "mentee": finished.mentorship.mentee_id,
            "asked mentorship": case.mentorship_id,
        }
        mentor = finished.mentorship.mentor
        own = broken("id: leadership", "id: own-framework", GOOD)
        service.catalogue.store_upload(session, mentor, own.encode(), "own.yaml", NOW.date())
        later = broken("Asks before deciding", "Asks others before deciding", own)
        later = broken("version: 1.0.0", "version: 2.0.0", later)
        service.catalogue.store_upload(session, mentor, later.encode(), "own.yaml", NOW.date())
        made.ids |= _frameworks_in_the_making(session, mentor, later)
        made.ids |= _written(served, session, running.mentorship)
        request = ask(session, running.mentorship.mentee, RequestKind.ERASURE, NOW.date())
        made.ids["request"] = request.id
        made.ids["draft"] = _draft(served, session, running.mentorship, {"peers": 2})
        made.ids["proposal"] = _proposal(session, made.ids["draft"])
        made.ids["webhook"] = _webhook(session, mentor)
        made.ids["closed"] = _draft(served, session, running.mentorship, {"manager": 1, "peers": 4})
        asked = session.get_one(Mentorship, case.mentorship_id)
        made.ids["looking back"] = _draft(
            served, session, asked, PEERS, retrospective=True, language="de"
        )
        for name, language in (("Arabic", "ar"), ("French", "fr"), ("Spanish", "es")):
            made.ids[f"in {name}"] = _draft(served, session, asked, PEERS, language=language)
        gone = add_mentee(session, asked.mentor, "Greta Gone", "greta@example.org", NOW)
        save_goal(
            session,
            gone,
            GoalDetails("A goal whose key is lost"),
            service.catalogue.get(session, asked.mentor, "leadership"),
        )
        made.ids["lost"] = gone.id
        erased = add_mentee(session, mentor, "Erik Erased", "erik@example.org", NOW)
        made.ids |= {"erasable": erased.mentee_id, "erasable mentorship": erased.id}
        made.ids["lost round"] = _draft(served, session, gone, PEERS)
    for name in ("closed", "looking back", "in Arabic", "in French", "in Spanish", "lost round"):
        launch(service, made.ids[name])
    _answer(served, made.ids["closed"])
    close(service, made.ids["closed"])
    made.ids["newer version"] = _after_a_newer_version(served, mentor.id)
    postman_of(served.app).deliver_due()
    programme(service, OUTCOMES)
    return made


def _frameworks_in_the_making(session: Session, mentor: Person, text: str) -> dict[str, uuid.UUID]:
    """One with a fault and a language that is not translated, one as text only, one ready."""
    faulty = broken("Explains the reasons behind decisions", "Always explains {who}", text)
    faulty = broken("languages: [en]", "languages: [en, de]", faulty)
    written = {
        "framework draft": faulty,
        "framework text": broken("title: Leadership", "titel: Leadership", text),
        "framework to save": broken("I ask before I decide", "I always ask", text),
    }
    return {
        name: begin_draft(session, mentor, source, "", NOW.date()).id
        for name, source in written.items()
    }


def _draft(
    served: Served,
    session: Session,
    mentorship: Mentorship,
    raters: dict[str, int],
    *,
    retrospective: bool = False,
    language: str | None = None,
) -> uuid.UUID:
    draft = create_draft(
        session,
        mentorship,
        RoundDetails(
            kind=RoundKind.INTERIM if retrospective else RoundKind.BEFORE,
            framework_id="leadership",
            groups=STANDARD_GROUPS,
            deadline=NOW.date() + dt.timedelta(days=14),
            goal=mentorship.goals[0],
            purpose="We begin.",
            retrospective=retrospective,
        ),
        NOW.date(),
    )
    listed = [RaterEntry(e.name, e.email, e.group_key, language) for e in entries(raters)]
    assert add_raters(session, draft, listed) == []
    return draft.id


def _proposal(session: Session, draft_id: uuid.UUID) -> uuid.UUID:
    """The mentee has been asked whom to ask, and has proposed two people."""
    draft = session.get_one(Round, draft_id)
    ask_for_proposals(session, draft, NOW.date() + dt.timedelta(days=7), NOW)
    for name in ("Ana", "Bo"):
        entry = RaterEntry(name, f"{name.lower()}@example.org", "peers", None)
        assert propose(session, draft, entry, NOW.date()) == []
    return draft.proposals[0].id


def _webhook(session: Session, mentor: Person) -> uuid.UUID:
    """A program is told of the mentor's rounds."""
    events = [WebhookEvent.ROUND_CLOSED]
    address = "https://hr.example.org/mentoring"
    webhook = register(session, mentor, address, events, NOW, allow_private=False).webhook
    send_test(session, webhook, NOW)
    return webhook.id


def _after_a_newer_version(served: Served, mentor_id: uuid.UUID) -> uuid.UUID:
    """The draft of an after round whose framework has changed since the before round."""
    service = served.service
    groups = [group for group in STANDARD_GROUPS if group.key in PEERS]
    deadline = NOW.date() + dt.timedelta(days=14)

    def drafted(session: Session, mentorship: Mentorship, earlier: Round | None) -> Round:
        kind = RoundKind.AFTER if earlier else RoundKind.BEFORE
        details = RoundDetails(kind, "own-framework", groups, deadline, compared_with=earlier)
        return create_draft(session, mentorship, details, NOW.date())

    with service.database.writing() as session:
        mentor = session.get_one(Person, mentor_id)
        mentorship = add_mentee(session, mentor, "Vera Version", "vera@example.org", NOW)
        before = drafted(session, mentorship, None)
        assert add_raters(session, before, entries({"manager": 1, "peers": 3})) == []
        before_id, mentorship_id = before.id, mentorship.id
    launch(service, before_id)
    close(service, before_id)
    newer = GOOD.replace("id: leadership", "id: own-framework").replace(
        "version: 1.0", "version: 3.0"
    )
    newer = broken("Asks before deciding", "Asks everybody before deciding", newer)
    newer = newer.replace("open_questions:", _NEW_COMPETENCY + "open_questions:")
    with service.database.writing() as session:
        service.catalogue.store_upload(
            session, session.get_one(Person, mentor_id), newer.encode(), "own.yaml"
        )
        earlier = session.get_one(Round, before_id)
        return drafted(session, session.get_one(Mentorship, mentorship_id), earlier).id


_NEW_COMPETENCY = """\
  - id: listening
    kind: skill
    title: Listening
    description: Takes in what is said.
    indicators:
      - id: lets-finish
        text: Lets others finish
        wording: {self: I let others finish}
"""


def _answer(served: Served, round_id: uuid.UUID) -> None:
    service = served.service
    for place, token in enumerate(tokens(service, round_id).values()):
        with service.database.writing() as session:
            invitation = session.scalars(
                select(Invitation).where(Invitation.round_id == round_id)
            ).all()[place]
            items = [item for c in form_of(invitation).competencies for item in c.items]
            fields = {f"r-{item.id}": str(2 + (n + place) % 4) for n, item in enumerate(items)}
            fields["c-start"] = _COMMENT
            submit_feedback(session, service.rater_links, token, fields, NOW.date())


def _first_record(session: Session, mentorship_id: uuid.UUID) -> uuid.UUID:
    of_mentorship = select(SessionRecord).where(SessionRecord.mentorship_id == mentorship_id)
    return session.scalars(of_mentorship.order_by(SessionRecord.held_on)).all()[0].id


def _not_delivered(round_: Round) -> uuid.UUID:
    """A letter that came back."""
    invitation = next(i for i in round_.invitations if i.delivery is not Delivery.SENT)
    invitation.delivery = Delivery.FAILED
    invitation.delivery_problem = "There is no such mailbox."
    return invitation.id


def _written(served: Served, session: Session, mentorship: Mentorship) -> dict[str, uuid.UUID]:
    sets, today = served.service.question_sets, NOW.date()
    thought = ReflectionDetails(
        ReflectionMoment.SESSION_END,
        today,
        {"learned": "To ask first"},
        {mentorship.goals[0].id: 6},
        shared=True,
    )
    reflection = save_reflection(session, mentorship, thought, sets, today)
    give_feedback(
        session,
        mentorship,
        {"more-of": "Examples"},
        sets.mentee_feedback,
        today,
        held_back=True,
    )
    entry = LogDetails(today, {"how-it-went": "Well"}, mentorship.id)
    entry_id = save_log_entry(session, mentorship.mentor, entry, sets.reflective_log, today)
    return {"reflection": reflection.id, "entry": entry_id}
