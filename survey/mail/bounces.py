"""Noting letters that came back: an invitation that could not be delivered, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from email import policy
from email.errors import MessageError
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from sqlalchemy.orm import Session

from survey.mail.delivery_report import LONGEST_READ, failure_in
from survey.mail.other_report import other_failure_in
from survey.rounds.return_path import ReturnPath
from survey.storage.models import Delivery, RoundState
from survey.storage.queries import outbox as outbox_queries

# Where mail servers write whom a message came for.
_RECIPIENT_HEADERS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
_MOST_RECIPIENTS = 20


def note_bounce(
    session: Session, return_path: ReturnPath, recipients: Iterable[str], content: bytes
) -> bool:
    """Note that an invitation failed, if that is what this message says; tells whether it was.

    `recipients` are the addresses of ours that it came to. Everything else - reports about other
    letters, delays, absence notes, replies, forgeries - leaves no trace at all.
    """
    reported = failure_in(content)
    for address in recipients:
        # Which letter it is about, the signed address alone tells: nothing that stands within.
        invitation = return_path.held_invitation(session, address)
        if invitation is None:
            continue
        # An open round's rater who is asked no more, or whose address was erased, is of no concern.
        if invitation.round.state is not RoundState.OPEN or invitation.revoked:
            return False
        if not invitation.email or invitation.delivery is Delivery.FAILED:
            return False
        problem = reported or other_failure_in(content, invitation.email)
        if problem is None:
            return False
        invitation.delivery = Delivery.FAILED
        invitation.delivery_problem = problem
        # The report may overtake our own note that the server had accepted the letter.
        outbox_queries.delete_invitation_letters(session, invitation.id)
        return True
    return False


def our_recipients(return_path: ReturnPath, headers: bytes) -> list[str]:
    """The addresses for bounces that a message came to, by its headers."""
    try:
        message = BytesHeaderParser(policy=policy.compat32).parsebytes(headers[:LONGEST_READ])
        values = [
            str(value)[:2000] for name in _RECIPIENT_HEADERS for value in message.get_all(name, [])
        ]
        found = [address for _name, address in getaddresses(values[:_MOST_RECIPIENTS])]
    except (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return []
    return [address for address in found if return_path.leads_here(address)][:_MOST_RECIPIENTS]
