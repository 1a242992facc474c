"""What would be sent now, in numbers: for looking before mail is switched on."""

from __future__ import annotations

from collections import Counter

from survey.mail.letters import LetterWriter
from survey.service import Service
from survey.storage.models import LetterKind
from survey.storage.queries import outbox as outbox_queries


def letters_that_would_go(service: Service, writer: LetterWriter) -> list[str]:
    """A line for each kind of letter that is due. Nothing is sent, and nothing changed.

    Reminders are named without their number, which would tell how many have not answered.
    """
    counts: Counter[LetterKind] = Counter()
    with service.database.reading() as session:
        for letter in outbox_queries.due(session, service.now()):
            if writer.write(session, letter) is not None:
                counts[letter.kind] += 1
    lines = []
    for kind in LetterKind:
        if counts[kind]:
            name = kind.value.replace("_", " ")
            is_reminder = kind is LetterKind.REMINDER
            lines.append(f"{name}: {'some' if is_reminder else counts[kind]}")
    return lines
