"""What the current person did, for the audit trail, where the use case itself leaves no entry."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from survey.privacy.audit_trail import Action, record, record_once_a_day
from survey.web.current import current_person, service


def note_deed(session: Session, deed: Action, object_id: uuid.UUID) -> None:
    """Leave in the audit trail that the current person did this, in the deed's transaction."""
    record(session, current_person(), deed, object_id, service().now())


def note_reading(deed: Action, object_id: uuid.UUID) -> None:
    """The same for what was read or taken away: once a day, in a transaction of its own."""
    with service().database.writing() as session:
        record_once_a_day(session, current_person(), deed, object_id, service().now())
