"""Writing the letter for an outbox row, at the moment it is sent.

Links and addresses are put in here and are stored nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from survey.frameworks.rater_groups import SELF
from survey.languages.catalogues import (
    LANGUAGES,
    catalogue,
    direction,
    spoken,
)
from survey.languages.days import day_in_words
from survey.languages.group_names import group_name
from survey.mail.envelope import Enclosure, Envelope
from survey.mentoring.next_session import CancelledSession
from survey.privacy.rater_data import LINK_LIFE, held_about_rater
from survey.rounds.briefing import rater_briefing
from survey.rounds.proposals import takes_proposals
from survey.rounds.submit import form_of
from survey.service import Service
from survey.storage.models import (
    Invitation,
    Letter,
    LetterKind,
    Mentorship,
    Person,
    PlannedSession,
    RaterRequest,
    Round,
    RoundState,
    SignInLink,
)


@dataclass(frozen=True)
class LetterPreview:
    """A letter to look at."""

    subject: str
    text: str


class LetterWriter:
    """Turns outbox rows into envelopes with the templates in `templates/email/`."""

    def __init__(self, service: Service, template_folder: Path) -> None:
        self._service = service
        self._templates = {
            language: _templates(template_folder, language) for language in LANGUAGES
        }
        self._host = service.host

    def write(self, session: Session, letter: Letter) -> Envelope | None:
        """The envelope for a letter; None when there is no reason left to send it.

        (A rater to be reminded answered meanwhile, the invitation was revoked, the round closed,
        the sign-in link was used or expired.)
        """
        if letter.kind in (LetterKind.INVITATION, LetterKind.REMINDER):
            return self._to_rater(letter, session.get(Invitation, letter.invitation_id))
        if letter.kind is LetterKind.RATER_DATA:
            return self._rater_data(session, letter)
        if letter.kind is LetterKind.SIGN_IN:
            return self._sign_in(letter, session.get(SignInLink, letter.sign_in_link_id))
        if letter.kind is LetterKind.MENTEE_WELCOME:
            return self._welcome(letter, session.get(Mentorship, letter.mentorship_id))
        if letter.kind is LetterKind.RATERS_WANTED:
            return self._raters_wanted(letter, session.get(Round, letter.round_id))
        if letter.kind is LetterKind.SESSION_PLANNED:
            return self._session_planned(
                letter,
                session.get(PlannedSession, letter.planned_session_id),
                session.get(Person, letter.recipient_id),
            )
        if letter.kind is LetterKind.SESSION_CANCELLED:
            return self._session_cancelled(letter, session.get(Person, letter.recipient_id))
        return self._report_released(letter, session.get(Round, letter.round_id))

    def preview_invitation(self, told: Mapping[str, Any], language: str) -> LetterPreview:
        """The invitation as a rater who was told this will get it, with a link that opens nothing.

        `told` comes from `briefing.group_briefing`.
        """
        values = {
            **told,
            "link": self._service.rater_url("…"),
            "again": False,
            "recipient_name": "",
            "service_name": self._service.name,
            "signature": self._service.signature,
        }
        kind = LetterKind.INVITATION
        return LetterPreview(
            " ".join(self._render(kind, "subject.txt", values, language).split()),
            self._render(kind, "txt", values, language),
        )

    def _to_rater(self, letter: Letter, invitation: Invitation | None) -> Envelope | None:
        if invitation is None or invitation.revoked:
            return None
        # Only reminders depend on it: whether an invitation arrives shows on the mentor's page,
        # and must look the same for raters who have answered.
        if invitation.done and letter.kind is LetterKind.REMINDER:
            return None
        round_ = invitation.round
        is_self = invitation.group_key == SELF.key
        if is_self and round_.mentorship.mentee.restricted_on is not None:
            return None
        if round_.state is not RoundState.OPEN or round_.deadline < self._service.today():
            return None
        link = self._service.rater_url(self._service.rater_links.token(invitation))
        return self._envelope(
            letter,
            invitation.name,
            invitation.email,
            rater_briefing(invitation, form_of(invitation))
            | {"link": link, "again": invitation.link_version > 1},
            language=invitation.language,
            reply_to=round_.mentorship.mentor,
            unsubscribe_url=f"{link}/decline",
            return_path=(
                self._service.return_path.of(invitation)
                if letter.kind is LetterKind.INVITATION
                else None
            ),
        )

    def _rater_data(self, session: Session, letter: Letter) -> Envelope | None:
        request = session.get(RaterRequest, letter.rater_request_id)
        held = held_about_rater(session, request.email) if request else []
        if not held:
            return None
        # To the address as it was invited, not as a stranger may have typed it.
        address = held[0].email
        return self._envelope(
            letter,
            "",
            address,
            language=held[0].language,
            values={
                "link": self._service.rater_data_url(self._service.rater_data_links.token(address)),
                "valid_hours": int(LINK_LIFE.total_seconds() // 3600),
            },
        )

    def _sign_in(self, letter: Letter, link: SignInLink | None) -> Envelope | None:
        now = self._service.now()
        if link is None or link.used or link.expires_at < now:
            return None
        return self._envelope(
            letter,
            link.person.name,
            link.person.email,
            language=link.person.language,
            values={
                "link": self._service.sign_in_url(self._service.sign_in_links.token(link)),
                "valid_minutes": max(1, round((link.expires_at - now).total_seconds() / 60)),
            },
        )

    def _welcome(self, letter: Letter, mentorship: Mentorship | None) -> Envelope | None:
        if mentorship is None or mentorship.mentee.restricted_on is not None:
            return None
        return self._envelope(
            letter,
            mentorship.mentee.name,
            mentorship.mentee.email,
            _about(mentorship) | {"link": f"{self._service.base_url}/sign-in"},
            language=mentorship.mentee.language,
            reply_to=mentorship.mentor,
        )

    def _report_released(self, letter: Letter, round_: Round | None) -> Envelope | None:
        if round_ is None or round_.state is not RoundState.RELEASED:
            return None
        if round_.mentorship.mentee.restricted_on is not None:
            return None
        return self._envelope(
            letter,
            round_.mentorship.mentee.name,
            round_.mentorship.mentee.email,
            _about(round_.mentorship) | {"link": f"{self._service.base_url}/reports/{round_.id}"},
            language=round_.mentorship.mentee.language,
            reply_to=round_.mentorship.mentor,
        )

    def _raters_wanted(self, letter: Letter, round_: Round | None) -> Envelope | None:
        if round_ is None or not takes_proposals(round_, self._service.today()):
            return None
        return self._envelope(
            letter,
            round_.mentorship.mentee.name,
            round_.mentorship.mentee.email,
            _about(round_.mentorship)
            | {
                "link": f"{self._service.base_url}/rounds/{round_.id}/propose",
                "until": round_.proposals_until,
            },
            language=round_.mentorship.mentee.language,
            reply_to=round_.mentorship.mentor,
        )

    def _session_planned(
        self, letter: Letter, planned: PlannedSession | None, recipient: Person | None
    ) -> Envelope | None:
        now = self._service.now()
        if planned is None or recipient is None or planned.starts_at <= now:
            return None
        if recipient.restricted_on is not None:
            return None
        calendar = self._service.appointment(planned, recipient)
        return self._envelope(
            letter,
            recipient.name,
            recipient.email,
            language=recipient.language,
            values={
                "link": self._service.mentorship_url(planned.mentorship, recipient),
                "moved": planned.revision > 0,
            },
            enclosures=[
                Enclosure("mentoring-session.ics", "text/calendar; method=PUBLISH", calendar)
            ],
        )

    def _session_cancelled(self, letter: Letter, recipient: Person | None) -> Envelope | None:
        session_id, revision = letter.cancelled_session_id, letter.cancelled_revision
        starts_at = letter.cancelled_starts_at
        if recipient is None or session_id is None or revision is None or starts_at is None:
            return None
        if starts_at <= self._service.now() or recipient.restricted_on is not None:
            return None
        calendar = self._service.cancellation(
            CancelledSession(session_id, revision, starts_at), recipient
        )
        return self._envelope(
            letter,
            recipient.name,
            recipient.email,
            language=recipient.language,
            values={
                "starts_at": starts_at.astimezone(self._service.zone),
                "zone": self._service.zone,
            },
            enclosures=[
                Enclosure("mentoring-session.ics", "text/calendar; method=CANCEL", calendar)
            ],
        )

    def _envelope(
        self,
        letter: Letter,
        name: str,
        address: str,
        values: dict[str, Any],
        *,
        language: str,
        reply_to: Person | None = None,
        unsubscribe_url: str | None = None,
        return_path: str | None = None,
        enclosures: Sequence[Enclosure] = (),
    ) -> Envelope:
        values = values | {
            "recipient_name": name,
            "service_name": self._service.name,
            "signature": self._service.signature,
        }

        def render(ending: str) -> str:
            return self._render(letter.kind, ending, values, language)

        return Envelope(
            # Made from the row, so that a repeated send carries the same id.
            message_id=f"<{letter.id.hex}@{self._host}>",
            recipient_name=" ".join(name.split()),
            recipient=address,
            # Names come from people: a line break in one must not start a new header.
            subject=" ".join(render("subject.txt").split()),
            text=render("txt"),
            html=render("html"),
            reply_to=reply_to.email if reply_to else None,
            unsubscribe_url=unsubscribe_url,
            return_path=return_path or self._service.return_path.bare,
            enclosures=enclosures,
            sender_name=self._service.signature if self._service.brand.name else "",
        )

    def _render(
        self, kind: LetterKind, ending: str, values: Mapping[str, Any], language: str
    ) -> str:
        templates = self._templates[spoken(language)]
        return templates.get_template(f"email/{kind.value}.{ending}").render(values)


def _templates(folder: Path, language: str) -> Environment:
    """Templates that speak one language."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=False,
        extensions=["jinja2.ext.i18n"],
    )
    words: Any = catalogue(language)
    translate: Any = templates
    translate.install_gettext_translations(words, newstyle=True)
    templates.globals |= {
        "lang": language,
        "dir": direction(language),
        "long_day": partial(day_in_words, language=language),
        "group_name": partial(group_name, gettext=words.ugettext),
    }
    return templates


def _about(mentorship: Mentorship) -> dict[str, Any]:
    return {
        "mentee_name": mentorship.mentee.name,
        "mentee_first": mentorship.mentee.first_name,
        "mentor_name": mentorship.mentor.name,
    }
