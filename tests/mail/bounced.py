"""Messages such as come back: delivery reports of several kinds, and what is none."""

from __future__ import annotations


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
