"""Messages such as come back: delivery reports, what else mail servers write, and what is none.

What qmail, Exim, Exchange and others write is in the style of real messages of theirs.
"""

from __future__ import annotations

import base64


def report(
    to: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnosis: str = "smtp; 550 5.1.1 <rater@example.org>: User unknown",
    recipients: int = 1,
) -> bytes:
    """A delivery report as Postfix writes it."""
    blocks = "\r\n".join(
        f"Final-Recipient: rfc822; rater{number}@example.org\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: {diagnosis}\r\n"
        for number in range(recipients)
    )
    return (
        "Return-Path: <>\r\n"
        "Date: Mon, 2 Nov 2026 09:00:00 +0000 (UTC)\r\n"
        "From: MAILER-DAEMON@mail.example.net (Mail Delivery System)\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f"To: {to}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status;\r\n"
        '\tboundary="BOUNDARY"\r\n'
        "\r\n"
        "This is a MIME-encapsulated message.\r\n\r\n"
        "--BOUNDARY\r\nContent-Description: Notification\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
        "I'm sorry to have to inform you that your message could not be delivered.\r\n\r\n"
        "--BOUNDARY\r\nContent-Description: Delivery report\r\n"
        "Content-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mail.example.net\r\n"
        "Arrival-Date: Mon,  2 Nov 2026 08:59:58 +0000 (UTC)\r\n\r\n"
        f"{blocks}\r\n"
        "--BOUNDARY\r\nContent-Description: Undelivered Message Headers\r\n"
        "Content-Type: text/rfc822-headers\r\n\r\n"
        "Subject: Max Mentor asks for your feedback\r\n\r\n"
        "--BOUNDARY--\r\n"
    ).encode("utf-8", "surrogateescape")


def absence_note(to: str) -> bytes:
    """What a holidaymaker's mailbox answers by itself."""
    return (
        "From: rater@example.org\r\n"
        f"To: {to}\r\n"
        "Subject: Out of office: Reminder\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "SECRET: I have not answered yet, I am on the beach until Monday.\r\n"
    ).encode()


def reply(to: str) -> bytes:
    """A rater who answers to the wrong address."""
    return (
        f"From: rater@example.org\r\nTo: {to}\r\nSubject: Re: your feedback\r\n\r\n"
        "SECRET: Mia is wonderful, but do not tell her.\r\n"
    ).encode()


def returned_letter(address: str) -> str:
    """The beginning of an invitation, as a server that returns it quotes it."""
    return (
        "Return-Path: <bounces+abcdef@feedback.example>\r\n"
        "Received: from feedback.example (feedback.example [192.0.2.25])\r\n"
        "\tby mx.example.net with ESMTPS; Mon, 2 Nov 2026 08:59:58 +0000\r\n"
        "Subject: Max Mentor asks for your feedback\r\n"
        f"To: Rita Rater <{address}>\r\n"
        "Message-ID: <0123456789abcdef0123456789abcdef@feedback.example>\r\n"
        "\r\n"
        "Dear Rita Rater,\r\n"
    )


def _written(
    sender: str, to: str, subject: str, body: str, *, more: str = "", mime: str = "text/plain"
) -> bytes:
    return (
        "Return-Path: <>\r\n"
        "Date: Mon, 2 Nov 2026 09:00:00 +0000\r\n"
        f"From: {sender}\r\n"
        f"To: {to}\r\n"
        f"Subject: {subject}\r\n"
        f"{more}"
        "MIME-Version: 1.0\r\n"
        f"Content-Type: {mime}\r\n\r\n"
        f"{body}"
    ).encode()


def by_qmail(to: str, failed: str, letter_to: str = "") -> bytes:
    """qmail: in words, with the letter below a line."""
    return _written(
        "MAILER-DAEMON@mx.example.net",
        to,
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.net.\r\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\r\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        f"<{failed}>:\r\n"
        "192.0.2.77 does not like recipient.\r\n"
        f"Remote host said: 550 5.1.1 <{failed}>: Recipient address rejected: User unknown\r\n"
        "Giving up on 192.0.2.77.\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\n"
        f"{returned_letter(letter_to or failed)}",
    )


def by_exim(to: str, failed: str) -> bytes:
    """Exim before its reports were standard ones."""
    return _written(
        "Mail Delivery System <Mailer-Daemon@mx.example.net>",
        to,
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\r\n\r\n"
        "A message that you sent could not be delivered to one or more of its\r\n"
        "recipients. This is a permanent error. The following address(es) failed:\r\n\r\n"
        f"  {failed}\r\n"
        f"    SMTP error from remote mail server after RCPT TO:<{failed}>:\r\n"
        "    host mail.example.org [192.0.2.77]: 550 5.1.1 No such mailbox\r\n\r\n"
        "------ This is a copy of the message, including all the headers. ------\r\n\r\n"
        f"{returned_letter(failed)}",
        more=f"X-Failed-Recipients: {failed}\r\nAuto-Submitted: auto-replied\r\n",
    )


def delayed_by_exim(to: str, failed: str) -> bytes:
    """Exim's note that it goes on trying; it quotes the same words as its note of a failure."""
    return _written(
        "Mail Delivery System <Mailer-Daemon@mx.example.net>",
        to,
        "Warning: message 1kZabc-0001xy-00 delayed 24 hours",
        "This message was created automatically by mail delivery software.\r\n"
        "A message that you sent has not yet been delivered to one or more of its\r\n"
        "recipients after more than 24 hours on the queue on mx.example.net.\r\n\r\n"
        "The address to which the message has not yet been delivered is:\r\n\r\n"
        f"  {failed}\r\n"
        f"    Delay reason: SMTP error from remote mail server after RCPT TO:<{failed}>:\r\n"
        "    host mail.example.org [192.0.2.77]: 451 4.7.1 Greylisting in action\r\n\r\n"
        "No action is required on your part. Delivery attempts will continue for\r\n"
        "some time.\r\n",
        more="Auto-Submitted: auto-replied\r\n",
    )


def by_old_exchange(to: str, failed: str) -> bytes:
    """Exchange 5.5: the letter's headers in its own words, the letter itself enclosed."""
    return _written(
        "System Administrator <postmaster@example.org>",
        to,
        "Undeliverable: Max Mentor asks for your feedback",
        "This message is in MIME format.\r\n\r\n"
        '------_=_NextPart_000\r\nContent-Type: text/plain;\r\n\tcharset="iso-8859-1"\r\n\r\n'
        "Your message\r\n\r\n"
        f"  To:      {failed}\r\n"
        "  Subject: Max Mentor asks for your feedback\r\n"
        "  Sent:    Mon, 2 Nov 2026 08:59:58 -0000\r\n\r\n"
        "did not reach the following recipient(s):\r\n\r\n"
        f"{failed} on Mon, 2 Nov 2026 08:59:59 -0000\r\n"
        "    The recipient name is not recognized\r\n"
        "\tThe MTS-ID of the original message is: c=us;a= ;p=example;l=MX26110208\r\n"
        "    MSEXCH:IMS:EXAMPLE:SITE:MX 0 (000C05A6) Unknown Recipient\r\n\r\n"
        "------_=_NextPart_000\r\nContent-Type: message/rfc822\r\n\r\n"
        f"{returned_letter(failed)}\r\n"
        "------_=_NextPart_000--\r\n",
        more="X-Mailer: Internet Mail Service (5.5.2656.59)\r\nX-MS-Embedded-Report: \r\n",
        mime='multipart/mixed;\r\n\tboundary="----_=_NextPart_000"',
    )


def by_postfix_in_words(to: str, failed: str) -> bytes:
    """Postfix where the part for programs was lost on the way."""
    return _written(
        "MAILER-DAEMON@mail.example.net (Mail Delivery System)",
        to,
        "Undelivered Mail Returned to Sender",
        "--B\r\nContent-Description: Notification\r\nContent-Type: text/plain\r\n\r\n"
        "This is the Postfix program at host mail.example.net.\r\n\r\n"
        "I'm sorry to have to inform you that the message returned\r\n"
        "below could not be delivered to one or more destinations.\r\n\r\n"
        "\t\t\tThe Postfix program\r\n\r\n"
        f"<{failed}>: host mail.example.org[192.0.2.77] said: 550 5.1.1\r\n"
        f"    <{failed}>: User unknown (in reply to RCPT TO command)\r\n\r\n"
        "--B\r\nContent-Type: message/rfc822\r\n\r\n"
        f"{returned_letter(failed)}\r\n--B--\r\n",
        mime='multipart/mixed; boundary="B"',
    )


def by_yahoo(to: str, failed: str) -> bytes:
    """A large provider, in base64 as some write it."""
    words = (
        "Message from yahoo.com.\n"
        "Unable to deliver message to the following address(es).\n\n"
        f"<{failed}>:\n"
        "This user doesn't have a yahoo.com account [-5] - mta1001.mail.yahoo.com\n\n"
        "--- Original message follows.\n\n"
    )
    return _written(
        "MAILER-DAEMON@yahoo.com",
        to,
        "Failure Notice",
        base64.encodebytes(words.encode()).decode().replace("\n", "\r\n"),
        more="Content-Transfer-Encoding: base64\r\n",
    )


def wrapped(inner: bytes, to: str) -> bytes:
    """A report that a gateway has put into a message of its own, with a disclaimer."""
    head, _, body = inner.decode().partition("\r\n\r\n")
    kind = head[head.index("Content-Type:") :]
    return _written(
        "Mail Delivery Subsystem <MAILER-DAEMON@gateway.example.net>",
        to,
        "Undelivered Mail Returned to Sender",
        f"--OUTER\r\n{kind}\r\n\r\n{body}\r\n--OUTER\r\n"
        "Content-Type: text/plain\r\n\r\nThis message was scanned.\r\n--OUTER--\r\n",
        mime='multipart/mixed; boundary="OUTER"',
    )


def absence_note_with_address(to: str, address: str) -> bytes:
    """An absence note whose words look like a failure to programs."""
    return _written(
        f"Rita Rater <{address}>",
        to,
        "Automatic reply: Max Mentor asks for your feedback",
        f"SECRET: Your message to <{address}> was automatically answered. I left the\r\n"
        f"company; my mailbox, {address}, is closed. The following address failed:\r\n"
        f"<{address}>\r\n",
        more="Auto-Submitted: auto-replied\r\n",
    )
