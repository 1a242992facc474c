"""What the pages of a relationship show of sessions and timeline, for mentor or mentee."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from survey.mentoring.agreed_actions import agenda
from survey.mentoring.milestones import progress_of
from survey.mentoring.next_session import next_session
from survey.mentoring.session_records import notes_in, records_of
from survey.mentoring.timeline import TimelineEntry, by_month, timeline
from survey.rounds.way import what_comes
from survey.storage.models import Mentorship
from survey.storage.queries import rounds as round_queries
from survey.storage.queries import session_records as record_queries
from survey.web.current import service
from survey.web.session_forms import AgreedSessionsForm

# Where an entry of the timeline leads, by the name of its kind of record. Entries with an id lead
# to the record itself where it has a page, and otherwise to the page that lists it.
_MENTOR_PAGES: Mapping[str, tuple[str, str | None]] = {
    "round": ("rounds.show", "round_id"),
    "report": ("reports.show", "round_id"),
    "reflection": ("reflections.shared", None),
    "mentoring-feedback": ("mentoring_feedback.received", None),
    "review": ("reviews.index", None),
}
_MENTEE_PAGES: Mapping[str, tuple[str, str | None]] = {
    "report": ("reports.show", "round_id"),
    "reflection": ("reflections.index", None),
    "mentoring-feedback": ("mentoring_feedback.given", None),
    "review": ("reviews.index", None),
}


def mentor_context(session: Session, mentorship: Mentorship) -> dict[str, Any]:
    """For the mentor's page of a mentee."""
    records = records_of(session, mentorship)
    return {
        "records": [(record, notes_in(record)) for record in records],
        "agreed_form": AgreedSessionsForm(formdata=None, obj=mentorship),
        **shared_context(session, mentorship, for_mentee=False),
    }


def shared_context(session: Session, mentorship: Mentorship, *, for_mentee: bool) -> dict[str, Any]:
    """What both may see: the next session, open actions, progress, and each their timeline."""
    today = service().today()
    entries = timeline(session, mentorship, today, for_mentee=for_mentee)
    if not for_mentee:
        rounds = round_queries.in_mentorship(session, mentorship.id)
        coming = what_comes(mentorship, rounds, today)
        entries = sorted([*entries, *coming], key=lambda entry: entry.on)
    return {
        "planned": next_session(session, mentorship, service().now()),
        "zone": service().zone,
        "agenda": agenda(record_queries.records(session, mentorship.id)),
        "held": record_queries.count_records(session, mentorship.id),
        "progresses": {goal.id: progress_of(goal) for goal in mentorship.goals},
        "months": by_month(entries),
        "entry_url": lambda entry: _entry_url(entry, mentorship.id, for_mentee=for_mentee),
        "today": today,
    }


def _entry_url(entry: TimelineEntry, mentorship_id: uuid.UUID, *, for_mentee: bool) -> str | None:
    if entry.link is None:
        return None
    name, record_id = entry.link
    if name == "session":
        # Sessions stand on the same page.
        return f"#session-{record_id}"
    pages = _MENTEE_PAGES if for_mentee else _MENTOR_PAGES
    if name not in pages:
        return None
    endpoint, argument = pages[name]
    values = {argument: record_id} if argument else {"mentorship_id": mentorship_id}
    return url_for(endpoint, **values)
