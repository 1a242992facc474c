"""Two versions of a framework, and a before round that asked the first one."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from survey.accounts.people import add_mentor
from survey.frameworks.rater_groups import MANAGER, PEERS, RaterGroup
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import Mentorship, Person, Round, RoundKind
from tests.support.cases import NOW, close, entries, launch, tokens

GROUPS: Sequence[RaterGroup] = (MANAGER, PEERS)
RATERS = {"manager": 1, "peers": 4}
STATEMENTS = {"same": 2, "worded": 2, "judged": 2, "longer": 2}
# What the manager and four peers tick on every statement of a competency, before and after.
BEFORE = {"same": "12334", "worded": "22233", "judged": "23122", "longer": "33334"}
AFTER = {"same": "34454", "worded": "44445", "judged": "45354", "longer": "22223", "more": "34554"}


def framework(version: str, words: Mapping[str, str], more: Mapping[str, int]) -> bytes:
    """A framework; `words` is put before the statements of a competency."""
    lines = [
        "format: 1", "id: mine", f"version: {version}", "title: Mine", "description: Of mine.",
        "languages: [en]", "scale:", "  points:",
        *(f"    - {{value: {value}, label: Point {value}}}" for value in range(1, 6)),
        "  not_observed: Not seen", "competencies:",
    ]  # fmt: skip
    for name, number in {**STATEMENTS, **more}.items():
        lines += [
            f"  - id: {name}", "    kind: skill", f"    title: Title of {name}",
            "    description: One can see it.", "    indicators:",
        ]  # fmt: skip
        for place in range(number):
            text = f"{words.get(name, '')}does {name} number {place}"
            lines += [
                f"      - id: {name}-{place}",
                f"        text: {text}",
                f"        wording: {{self: I {text}}}",
            ]
    return ("\n".join(lines) + "\n").encode()


FIRST = framework("1.0.0", {}, {})
SECOND = framework(
    "2.0.0", {"worded": "often ", "judged": "really "}, {"longer": 3, "more": 1}
)  # fmt: skip
PEERS_ALONE: Sequence[RaterGroup] = (PEERS,)


def closed_before_round(service: Service) -> uuid.UUID:
    """A closed before round on the first version; then the second takes its place."""
    with service.database.writing() as session:
        mentor = add_mentor(session, "Max Mentor", "max.mentor@example.org")
        first = service.catalogue.store_upload(session, mentor, FIRST, "mine.yaml")
        mentorship = add_mentee(session, mentor, "Mia Mentee", "mia.mentee@example.org", NOW)
        goal = GoalDetails("Lead with confidence", competency_ids=["same", "worded"])
        save_goal(session, mentorship, goal, first)
        draft = create_draft(session, mentorship, details(mentorship), NOW.date())
        assert add_raters(session, draft, entries(RATERS)) == []
        round_id = draft.id
    launch(service, round_id)
    answer(service, round_id, BEFORE)
    close(service, round_id)
    upload(service, SECOND)
    return round_id


def details(mentorship: Mentorship, earlier: Round | None = None, **more: object) -> RoundDetails:
    """A round's details; of an after round where there is an earlier one."""
    return RoundDetails(
        **{
            "kind": RoundKind.AFTER if earlier else RoundKind.BEFORE,
            "framework_id": "mine",
            "groups": GROUPS,
            "deadline": NOW.date() + dt.timedelta(days=14),
            "goal": mentorship.goals[0],
            "compared_with": earlier,
            **more,
        }  # type: ignore[arg-type]
    )


def upload(service: Service, content: bytes) -> None:
    """Let another text take the framework's place, with the version that this needs."""
    with service.database.writing() as session:
        mentor = session.scalars(select(Person).where(Person.name == "Max Mentor")).one()
        kept = service.catalogue.get(session, mentor, "mine").version
        higher = f"version: {int(kept.partition('.')[0]) + 1}.0.0".encode()
        content = re.sub(rb"version: \d+\.\d+\.\d+", higher, content)
        service.catalogue.store_upload(session, mentor, content, "mine.yaml")


def answer(service: Service, round_id: uuid.UUID, ticked: Mapping[str, str]) -> None:
    """Let all raters answer, in the order of their addresses."""
    with service.database.reading() as session:
        asked = questionnaire_of(session.get_one(Round, round_id)).competencies
    by_address = tokens(service, round_id)
    for place, address in enumerate(sorted(by_address)):
        fields = {f"r-{s.id}": ticked[c.id][place] for c in asked for s in c.indicators}
        with service.database.writing() as session:
            links = service.rater_links
            submit_feedback(session, links, by_address[address], fields, NOW.date())
