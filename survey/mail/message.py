"""A letter as an e-mail: its headers, its parts, and nothing that a name could smuggle in."""

from __future__ import annotations

import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from flask_mail import Message

from survey.mail.envelope import Envelope

# Marks that turn the direction of writing: in a name they make other parts of the line read
# backwards. Right-to-left scripts need none of them.
_DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class WellFormedMessage(Message):
    """Flask-Mail's message, written by the standard library's modern e-mail package.

    Flask-Mail encodes names and subjects itself and lets them be decoded and folded once more:
    that breaks long names and lets an encoded name forge headers.
    """

    sender_name = ""

    def _message(self) -> EmailMessage:  # type: ignore[override]
        message = EmailMessage(policy=_POLICY)
        message["Subject"] = _unencoded(self.subject)
        message["From"] = _named(_address(self.sender or ""), self.sender_name)
        message["To"] = [_address(recipient) for recipient in self.recipients]
        if self.reply_to:
            message["Reply-To"] = _address(self.reply_to)
        message["Date"] = formatdate(localtime=False, usegmt=True)
        message["Message-ID"] = self.msgId
        for name, value in (self.extra_headers or {}).items():
            message[name] = value
        message.set_content(self.body or "", cte="quoted-printable")
        if self.html:
            message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        for attachment in self.attachments:
            kind = _POLICY.header_factory("Content-Type", attachment.content_type)
            message.add_attachment(
                attachment.data,
                maintype=kind.maintype,
                subtype=kind.subtype,
                filename=attachment.filename,
                params={"charset": "utf-8", **kind.params},
            )
        return message


# Header lines up to the limit of RFC 5322 stay in one piece: a folded link is a broken link.
_POLICY = policy.SMTP.clone(max_line_length=998)


def _address(value: str | tuple[str, str]) -> Address:
    name, address = parseaddr(value) if isinstance(value, str) else value
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise UnicodeError("letters outside ASCII before the @ are not supported")
    return Address(_unencoded(name), local, domain.encode("idna").decode())


def _named(address: Address, name: str) -> Address:
    """The address with this name, unless it has one."""
    if address.display_name or not name:
        return address
    return Address(_unencoded(name), address.username, address.domain)


def _unencoded(text: str) -> str:
    """Text without encoded words ("=?utf-8?q?…?=" would be decoded, line ends and all)."""
    return _DIRECTION_MARKS.sub("", text).replace("=?", "= ?")


def build_message(envelope: Envelope) -> Message:
    """The e-mail for an envelope, with the headers that automatic letters should carry."""
    headers = {"Auto-Submitted": "auto-generated"}
    if envelope.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
    message = WellFormedMessage(
        subject=envelope.subject,
        recipients=[(envelope.recipient_name, envelope.recipient)]
        if envelope.recipient_name
        else [envelope.recipient],
        body=envelope.text,
        html=envelope.html,
        reply_to=envelope.reply_to,
        extra_headers=headers,
    )
    for enclosure in envelope.enclosures:
        message.attach(enclosure.filename, enclosure.content_type, enclosure.content)
    message.msgId = envelope.message_id
    message.sender_name = envelope.sender_name
    return message
