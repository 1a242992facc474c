"""Released rounds enter the programme view, in batches."""

from __future__ import annotations

from sqlalchemy.orm import Session

from survey.anonymity.programme import batch_is_full
from survey.storage.models import ProgrammeBatch, ProgrammeEntry, Round
from survey.storage.queries import programme as programme_queries
from survey.storage.queries.programme import Section


def enter_programme(session: Session, round_: Round) -> None:
    """Let a released round wait for its batch, and form the batch when it is full.

    Of a mentee the first released round of each kind and framework counts, for good: were it
    exchanged for a newer one, the difference would be this mentee's own.
    """
    section = Section(round_.framework_id, round_.kind)
    if not programme_queries.has_outcome(session, round_.id):
        return
    if programme_queries.mentee_counts(session, section, round_.mentorship.mentee_id):
        return
    session.add(ProgrammeEntry(round_id=round_.id))
    session.flush()
    waiting = programme_queries.lock_waiting(session, section)
    mentors = programme_queries.mentees_per_mentor(session, waiting)
    formed, shown = programme_queries.formed_batches(session, section)
    if not batch_is_full(mentors, shown):
        return
    batch = ProgrammeBatch(
        framework_id=section.framework_id,
        kind=section.kind,
        number=formed + 1,
        size=len(waiting),
    )
    session.add(batch)
    session.flush()
    programme_queries.put_into_batch(session, waiting, batch.id)
