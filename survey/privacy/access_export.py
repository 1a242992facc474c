"""Everything that is held about a person with an account, as a ZIP for people and machines.

`HOLDINGS` is the one register of what the service holds about a person. What it must not hand out
is as much part of it: `WITHHELD` names that, with the reason.
"""

from __future__ import annotations

import datetime as dt
import enum
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from survey.languages.message import Message
from survey.mentoring.answers import from_stored
from survey.mentoring.self_reflection import MOST_CONFIDENT, confidence_in
from survey.privacy.rater_data import as_json, held_about_rater
from survey.storage.models import (
    AuditEntry,
    Goal,
    Mentorship,
    Person,
    Round,
    RoundState,
    SelfReflection,
    SessionRecord,
    Side,
)
from survey.storage.queries import access as access_queries
from survey.storage.queries import api as api_queries
from survey.storage.queries import people as people_queries
from survey.storage.queries import proposed_raters as proposal_queries
from survey.storage.queries import reflections as reflection_queries
from survey.storage.queries import rounds as round_queries
from survey.storage.queries import webhooks as webhook_queries

# A record is what a reader sees: labels and values, one inside the other where need be.
Record = dict[str, Any]
ReportCopies = Callable[[Session, Round], Sequence[tuple[str, bytes]]]


@dataclass(frozen=True)
class Access:
    """Whose data is collected, and when."""

    session: Session
    person: Person
    today: dt.date


@dataclass(frozen=True)
class Holding:
    """One kind of thing held about a person, and how to collect it."""

    key: str
    title: str
    about: str
    collect: Callable[[Access], Sequence[Record]]


@dataclass(frozen=True)
class Withheld:
    """What is not handed out, why, and what to do about it."""

    title: str
    reason: str


@dataclass(frozen=True)
class Section:
    """A holding with what there is of it."""

    key: str
    title: str
    about: str
    records: Sequence[Record] = field(default_factory=list)


WITHHELD = (
    Withheld(
        Message("What raters answered, and who was invited"),
        Message(
            "Raters were promised that nobody can tell which answers are theirs, and single "
            "answers are tied to nobody. Whom the mentor invited is information about the raters. "
            "You get the reports that were released to you, and your own self-assessment's "
            "invitation."
        ),
    ),
    Withheld(
        Message("Reports that are not released yet"),
        Message(
            "They become yours when the mentor releases them, after you have talked about them."
        ),
    ),
    Withheld(
        Message("A mentor's private notes and reflective log"),
        Message(
            "They are about the mentor's own practice, and are kept in confidence for it; they can "
            "name third persons. Whether something about you in them is yours to have has to be "
            "weighed one by one (Art. 15(4) GDPR): ask the controller, who will ask the mentor."
        ),
    ),
    Withheld(
        Message("What a mentee holds back, and does not share"),
        Message(
            "Reflections that are not shared are the mentee's own. Feedback that is held back "
            "opens when the mentoring has ended."
        ),
    ),
)


def collect(access: Access) -> list[Section]:
    """Everything of the register, also what there is nothing of."""
    return [
        Section(holding.key, holding.title, holding.about, holding.collect(access))
        for holding in HOLDINGS
    ]


def access_zip(access: Access, template_folder: Path, reports: ReportCopies) -> bytes:
    """The ZIP: index.html to read, data.json for machines, and the released reports as files.

    `reports` gives the files of one round's report.
    """
    sections = collect(access)
    files: list[tuple[str, bytes]] = []
    for mentorship in people_queries.mentorships_of_mentee(access.session, access.person.id):
        for round_ in round_queries.in_mentorship(access.session, mentorship.id):
            if round_.state is RoundState.RELEASED and round_queries.aggregate(
                access.session, round_.id
            ):
                files += [(f"reports/{name}", c) for name, c in reports(access.session, round_)]
    names = _distinct([name for name, _ in files])
    values = {
        "sections": sections,
        "withheld": WITHHELD,
        "person": access.person,
        "today": access.today,
        "files": names,
    }
    document = {
        "format": 1,
        "created_on": access.today.isoformat(),
        "sections": {section.key: section.records for section in sections},
        "withheld": {one.title: one.reason for one in WITHHELD},
        "files": names,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", _page(template_folder, values))
        archive.writestr("data.json", json.dumps(document, ensure_ascii=False, indent=2))
        for name, (_, content) in zip(names, files, strict=True):
            archive.writestr(name, content)
    return packed.getvalue()


def _page(template_folder: Path, values: dict[str, Any]) -> str:
    templates = Environment(
        loader=FileSystemLoader(template_folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
    )
    return templates.get_template("privacy/access_export.html").render(values)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, with a number where one comes again."""
    found: list[str] = []
    for name in names:
        stem, dot, ending = name.rpartition(".")
        candidate, number = name, 2
        while candidate in found:
            candidate = f"{stem}-{number}{dot}{ending}"
            number += 1
        found.append(candidate)
    return found


def _plain(value: object) -> Any:
    """As JSON has it."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    return value


def _record(**values: object) -> Record:
    """A record without what is empty; words of a label are joined by underscores."""
    return {
        key.replace("_", " "): _plain(value)
        for key, value in values.items()
        if value not in (None, "", [], ())
    }


def _answers(sealed: str) -> list[Record]:
    return [{one.question: one.said} for one in from_stored(sealed)]


def _as_mentee(access: Access) -> Sequence[Mentorship]:
    return people_queries.mentorships_of_mentee(access.session, access.person.id)


def _as_mentor(access: Access) -> Sequence[Mentorship]:
    return people_queries.mentorships_of_mentor(access.session, access.person.id)


def _account(access: Access) -> list[Record]:
    person = access.person
    return [
        _record(
            name=person.name,
            e_mail=person.email,
            language=person.language,
            mentor="yes" if person.is_mentor else "no",
            programme_lead="yes" if person.is_programme_lead else "no",
            administrator="yes" if person.is_administrator else "no",
            deactivated_on=person.deactivated_on,
            processing_restricted_on=person.restricted_on,
            month_of_last_use=person.last_used_month.strftime("%Y-%m")
            if person.last_used_month
            else None,
        )
    ]


def _sign_in(access: Access) -> list[Record]:
    session, person_id = access.session, access.person.id
    return [
        *(
            _record(passkey=passkey.label, added_on=passkey.created_on)
            for passkey in access_queries.passkeys(session, person_id)
        ),
        *(
            _record(sign_in_service=identity.issuer, known_there_as=identity.subject)
            for identity in access_queries.identities(session, person_id)
        ),
        *(
            _record(
                token_for_programs=one.label,
                for_what=sorted(one.scopes.split()),
                made_on=one.created_on,
                expires_on=one.expires_on,
                last_used_on=one.last_used_on,
            )
            for one in api_queries.tokens_of(session, person_id)
        ),
        *(
            _record(browser=one.browser, signed_in_on=one.created_on, ends_at=one.ends_at)
            for one in access_queries.sign_in_sessions(session, person_id)
        ),
    ]


def _webhooks(access: Access) -> list[Record]:
    """Where programs are told of the person's rounds; the secrets serve their programs alone."""
    return [
        _record(
            address=one.address,
            events=one.events.split(),
            registered_on=one.created_on,
            messages=[
                _record(
                    message=told.event,
                    day=told.day,
                    state=told.state,
                    last_problem=told.last_problem,
                )
                for told in webhook_queries.deliveries_to(access.session, one.id)
            ],
        )
        for one in webhook_queries.hooks_of(access.session, access.person.id)
    ]


def _mentorships(access: Access) -> list[Record]:
    return [
        *(
            _record(
                you_are="mentee",
                mentor=one.mentor.name,
                since=one.started_on,
                agreed_sessions=one.agreed_sessions,
                ended_on=one.ended_on,
            )
            for one in _as_mentee(access)
        ),
        *(
            _record(
                you_are="mentor",
                mentee=one.mentee.name,
                since=one.started_on,
                agreed_sessions=one.agreed_sessions,
                ended_on=one.ended_on,
            )
            for one in _as_mentor(access)
        ),
    ]


def _goals(access: Access) -> list[Record]:
    return [_goal(goal) for one in _as_mentee(access) for goal in one.goals]


def _goal(goal: Goal) -> Record:
    evaluation = goal.evaluation
    return _record(
        goal=goal.statement,
        reached_when=goal.success_measures,
        where_it_stood=goal.baseline,
        different_at_the_end=goal.target,
        competencies=sorted(goal.competency_ids),
        measures=[
            _record(
                measure=measure.statement,
                levels=[text for text in measure.level_texts if text],
                importance=measure.weight,
                level_at_the_start=measure.baseline_level,
                level_reached=measure.attained_level,
            )
            for measure in goal.measures
        ],
        milestones=[
            _record(milestone=one.text, due_on=one.due_on, reached_on=one.reached_on)
            for one in goal.milestones
        ],
        outcome=evaluation.outcome if evaluation else None,
        evaluated_on=evaluation.evaluated_on if evaluation else None,
        what_stopped_it=evaluation.hindered if evaluation else None,
        what_else_was_achieved=evaluation.also_achieved if evaluation else None,
        lessons=evaluation.lessons if evaluation else None,
        next_steps=evaluation.next_steps if evaluation else None,
    )


def _rounds(access: Access) -> list[Record]:
    """Launched rounds about the person, with their own invitation and nobody else's."""
    found = []
    for mentorship in _as_mentee(access):
        for round_ in round_queries.in_mentorship(access.session, mentorship.id):
            if round_.state is RoundState.DRAFT:
                continue
            own = round_queries.self_invitation(access.session, round_.id)
            found.append(
                _record(
                    round=round_.kind,
                    state=round_.state,
                    purpose=round_.purpose,
                    launched_on=round_.launched_on,
                    deadline=round_.deadline,
                    closed_on=round_.closed_on,
                    released_on=round_.released_on,
                    groups_asked=[group.label for group in round_.groups],
                    invitation_to_your_self_assessment=own.email if own else None,
                    self_assessment="done" if own and own.done else None,
                )
            )
    return found


def _proposals(access: Access) -> list[Record]:
    """Whom the person proposed as raters; kept until the launch."""
    return [
        _record(
            name=proposal.name,
            e_mail=proposal.email,
            group=proposal.group_key,
            language=proposal.language,
            state=proposal.state,
            changed_by_the_mentor="yes" if proposal.changed else None,
            word_of_the_mentor=proposal.word,
        )
        for round_ in proposal_queries.asked_of(access.session, access.person.id)
        for proposal in round_.proposals
    ]


def _sessions(access: Access) -> list[Record]:
    found = []
    for mentorship in _as_mentee(access):
        for record in access_queries.session_records(access.session, mentorship.id):
            found.append(_session(record, everything=False))
    for mentorship in _as_mentor(access):
        for record in access_queries.session_records(access.session, mentorship.id):
            found.append(_session(record, everything=True))
    return found


def _session(record: SessionRecord, *, everything: bool) -> Record:
    def text(name: str) -> str:
        shared = everything or getattr(record, f"{name}_shared")
        return str(getattr(record, name)) if shared else ""

    return _record(
        held_on=record.held_on,
        areas_discussed=text("topics"),
        approaches_used=text("approaches"),
        how_it_went=text("notes"),
        agreed=[
            _record(
                what=action.text, who=action.owner, due_on=action.due_on, done_on=action.done_on
            )
            for action in record.actions
        ],
    )


def _planned(access: Access) -> list[Record]:
    return [
        _record(starts_at=plan.starts_at, minutes=plan.minutes, place=plan.place)
        for mentorship in (*_as_mentee(access), *_as_mentor(access))
        for plan in access_queries.planned_sessions(access.session, mentorship.id)
    ]


def _reflections(access: Access) -> list[Record]:
    return [
        _record(
            moment=one.moment,
            day=one.reflected_on,
            shared_with_the_mentor="yes" if one.shared else "no",
            answers=_answers(one.answers),
            confidence=_confidence(mentorship, one),
        )
        for mentorship in _as_mentee(access)
        for one in reflection_queries.self_reflections(access.session, mentorship.id)
    ]


def _confidence(mentorship: Mentorship, reflection: SelfReflection) -> list[Record]:
    """How confident the mentee was, goal by goal; a goal may be gone meanwhile."""
    statements = {goal.id: goal.statement for goal in mentorship.goals}
    gone = "a goal that is not kept any more"
    return [
        {statements.get(goal_id, gone): f"{level} of {MOST_CONFIDENT}"}
        for goal_id, level in confidence_in(reflection).items()
    ]


def _feedback(access: Access) -> list[Record]:
    given = [
        _record(
            given_to=mentorship.mentor.name,
            day=one.given_on,
            held_back="yes" if one.held_back else "no",
            answers=_answers(one.answers),
        )
        for mentorship in _as_mentee(access)
        for one in access_queries.mentoring_feedback(access.session, mentorship.id)
    ]
    received = [
        _record(given_by=mentorship.mentee.name, day=one.given_on, answers=_answers(one.answers))
        for mentorship in _as_mentor(access)
        for one in access_queries.mentoring_feedback(access.session, mentorship.id)
        if not one.held_back or mentorship.ended_on is not None
    ]
    return given + received


def _reviews(access: Access) -> list[Record]:
    """Own contributions, and the other's where both have written, as on the page."""
    found = []
    for mentorships, own in ((_as_mentee(access), Side.MENTEE), (_as_mentor(access), Side.MENTOR)):
        for mentorship in mentorships:
            written = reflection_queries.review_contributions(access.session, mentorship.id)
            done = {one.kind for one in written if one.side is own}
            found += [
                _record(
                    review=one.kind,
                    written_by=one.side,
                    day=one.written_on,
                    answers=_answers(one.answers),
                )
                for one in written
                if one.side is own or one.kind in done
            ]
    return found


def _log(access: Access) -> list[Record]:
    return [
        _record(
            day=entry.happened_on,
            for_supervision="yes" if entry.for_supervision else "no",
            answers=_answers(entry.answers),
            development_areas=entry.development_areas,
            tags=entry.tags,
        )
        for entry in access_queries.log_entries(access.session, access.person.id)
    ]


def _frameworks(access: Access) -> list[Record]:
    return [
        _record(framework=one.framework_id, content=one.yaml)
        for one in access_queries.uploaded_frameworks(access.session, access.person.id)
    ]


def _framework_versions(access: Access) -> list[Record]:
    return [
        _record(
            framework=name,
            version=one.version,
            saved_on=one.saved_on or "",
            content=one.yaml,
        )
        for name, one in access_queries.framework_versions(access.session, access.person.id)
    ]


def _framework_drafts(access: Access) -> list[Record]:
    return [
        _record(changes=one.changes_id, changed_on=one.changed_on, content=one.yaml)
        for one in access_queries.framework_drafts(access.session, access.person.id)
    ]


def _as_rater(access: Access) -> list[Record]:
    return [
        {key.replace("_", " "): value for key, value in record.items() if value is not None}
        for record in as_json(held_about_rater(access.session, access.person.email))
    ]


def _requests(access: Access) -> list[Record]:
    return [
        _record(
            request=one.kind,
            asked_on=one.asked_on,
            due_on=one.due_on,
            state=one.state,
            finished_on=one.finished_on,
        )
        for one in access_queries.privacy_requests(access.session, access.person.id)
    ]


def _trail(access: Access) -> list[Record]:
    """The person's own deeds, and what others did with what is theirs; others by their part."""
    own = {access.person.id}
    for mentorship in _as_mentee(access):
        rounds = round_queries.in_mentorship(access.session, mentorship.id)
        own |= {mentorship.id, *(round_.id for round_ in rounds if round_.launched_on)}
    mentors = {mentorship.mentor_id for mentorship in _as_mentee(access)}

    def who(entry: AuditEntry) -> str:
        if entry.actor_id == access.person.id:
            return "you"
        if entry.actor_id is None:
            return "the service"
        return "your mentor" if entry.actor_id in mentors else "somebody else with an account"

    return [
        _record(day=entry.day, who=who(entry), deed=entry.action)
        for entry in access_queries.audit_entries(access.session, access.person.id, own)
    ]


HOLDINGS: Sequence[Holding] = (
    Holding("account", Message("Your account"), Message("Name, address and roles."), _account),
    Holding(
        "sign_in",
        Message("How you sign in"),
        Message(
            "Passkeys, sign-in services, tokens for programs, and browsers. Of tokens and links "
            "only fingerprints are kept."
        ),
        _sign_in,
    ),
    Holding(
        "webhooks",
        Message("Your webhooks"),
        Message(
            "Where programs are told of your rounds, and how that fared. Their secrets are left "
            "out: who had this copy could write to your programs in our name."
        ),
        _webhooks,
    ),
    Holding(
        "mentorships",
        Message("Mentorships"),
        Message("Who works with you, and since when."),
        _mentorships,
    ),
    Holding(
        "goals", Message("Goals"), Message("What you want to reach, and how far you got."), _goals
    ),
    Holding(
        "rounds",
        Message("Feedback rounds about you"),
        Message(
            "What was asked about you, and your own invitation. The released reports are files "
            "beside."
        ),
        _rounds,
    ),
    Holding(
        "proposed_raters",
        Message("Raters you proposed"),
        Message(
            "People whom you proposed for a round that is being prepared. It goes at the launch."
        ),
        _proposals,
    ),
    Holding(
        "sessions",
        Message("Session records"),
        Message("As a mentee: what the mentor shared with you. As a mentor: all you wrote."),
        _sessions,
    ),
    Holding(
        "planned_sessions",
        Message("Planned sessions"),
        Message("When and where you meet next."),
        _planned,
    ),
    Holding(
        "reflections",
        Message("Self-reflections"),
        Message("What you wrote down for yourself."),
        _reflections,
    ),
    Holding(
        "feedback",
        Message("Feedback on the mentoring"),
        Message("What you gave as a mentee, or received as a mentor."),
        _feedback,
    ),
    Holding(
        "reviews", Message("Reviews of the mentoring"), Message("What you both wrote."), _reviews
    ),
    Holding(
        "reflective_log",
        Message("Your reflective log"),
        Message("Your own notes as a mentor."),
        _log,
    ),
    Holding(
        "frameworks",
        Message("Frameworks"),
        Message("Competency frameworks you uploaded."),
        _frameworks,
    ),
    Holding(
        "framework_versions",
        Message("Versions of your frameworks"),
        Message("What you saved of each framework, version by version."),
        _framework_versions,
    ),
    Holding(
        "framework_drafts",
        Message("Drafts of frameworks"),
        Message("Frameworks that you have not finished."),
        _framework_drafts,
    ),
    Holding(
        "as_rater",
        Message("You as a rater of others"),
        Message("Rounds you were invited to. What you answered is tied to nobody."),
        _as_rater,
    ),
    Holding(
        "requests",
        Message("Your requests"),
        Message("What you asked for about your data."),
        _requests,
    ),
    Holding(
        "audit_trail",
        Message("Audit trail"),
        Message("What you did, and what others did with what is yours. Days only."),
        _trail,
    ),
)
