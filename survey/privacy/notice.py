"""The privacy notice and the record of processing, from the same schedule that disposal follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.languages.message import Message
from survey.privacy.disposable_kinds import KINDS, DisposableKind
from survey.privacy.schedule import Rule, Schedule


@dataclass(frozen=True)
class Controller:
    """Who is responsible for the data; empty where nobody has set it."""

    name: str = ""
    contact: str = ""


@dataclass(frozen=True)
class Kept:
    """One kind of record as the notice tells of it."""

    kind: DisposableKind
    rule: Rule

    @property
    def how_long(self) -> str:
        """The period in words."""
        if not self.rule.keep.ends:
            return Message("until it is erased")
        return Message(
            "%(period)s from %(event)s", period=self.rule.keep.words, event=self.kind.event
        )


def what_is_kept(schedule: Schedule) -> Sequence[Kept]:
    """Every kind with its rule, in the order of the registry."""
    return [Kept(kind, schedule[kind.key]) for kind in KINDS if kind.key in schedule]


def record_of_processing(schedule: Schedule, controller: Controller, service_name: str) -> str:
    """The record of processing activities (Art. 30 GDPR) as Markdown."""
    lines = [
        f"# Record of processing: {service_name}",
        "",
        f"- **Controller:** {controller.name or '(not set: CONTROLLER_NAME)'}",
        f"- **Contact:** {controller.contact or '(not set: CONTROLLER_CONTACT)'}",
        "- **Purpose:** 360-degree feedback that accompanies a mentoring",
        "- **People concerned:** mentors, mentees, raters, programme leads, administrators",
        "- **Recipients:** the mentor and the mentee of a mentorship; administrators see accounts, "
        "not content; programme leads see figures over many mentees",
        "- **Processors:** whoever hosts the database and delivers the mail (to be filled in)",
        "- **Transfers to third countries:** none by the service itself (to be checked for hosting "
        "and mail)",
        "- **Automated decisions and profiling:** none",
        "- **Security:** answers sealed while a round is open and tied to nobody afterwards; texts "
        "sealed with a key per mentorship that lies in another database; one-time links; audit "
        "trail as a chain; no access log",
        "",
        "| record | what it holds | about | kept | why | legal basis |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        "| "
        + " | ".join(
            text.replace("|", "\\|")
            for text in (
                kept.kind.title,
                kept.kind.holds,
                kept.kind.people,
                kept.how_long,
                kept.rule.reason,
                kept.rule.basis,
            )
        )
        + " |"
        for kept in what_is_kept(schedule)
    ]
    return "\n".join(lines)
