"""The doctor: is everything as the service needs it, and if not, what is to be done?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from email.utils import make_msgid

import click

from survey.mail.envelope import Envelope
from survey.mail.errors import MailServerError, PermanentDeliveryError, TemporaryDeliveryError
from survey.mail.transport import choose_transport
from survey.operations.doctor.examination import TOPICS, Result, examine
from survey.operations.doctor.finding import Finding, Level, fine, problem
from survey.settings import load_config

_MARKS = {Level.OK: "ok", Level.WARNING: "WARNING", Level.PROBLEM: "PROBLEM"}


@click.command("doctor")
@click.option("--only", multiple=True, type=click.Choice(TOPICS), help="Look at this alone.")
@click.option(
    "--format", "format_", type=click.Choice(("text", "json")), default="text", help="How to tell."
)
@click.option("--send-test", "address", help="Send a test letter to this address, too.")
def doctor_command(only: tuple[str, ...], format_: str, address: str | None) -> None:
    """Look at everything the service needs, and say what is wrong and what to do about it.

    Changes nothing. Ends with 1 if there is a problem; warnings alone end with 0.
    """
    results = []
    for result in _results(only, address):
        results.append(result)
        if format_ == "text":
            _show(result)
    if format_ == "json":
        click.echo(json.dumps([_as_json(result) for result in results], indent=2))
    else:
        _sum_up(results)
    if any(result.finding.level is Level.PROBLEM for result in results):
        sys.exit(1)


def _results(only: tuple[str, ...], address: str | None) -> Iterator[Result]:
    yield from examine(os.environ, only)
    if address is not None:
        yield Result("mail", _send_test(address))


def _send_test(address: str) -> Finding:
    from survey.web.app import create_app

    config = load_config()
    transport = choose_transport(create_app(config))
    letter = Envelope(
        message_id=make_msgid(domain="doctor.invalid"),
        recipient_name="",
        recipient=address,
        subject=f"Test letter of {config['SERVICE_NAME']}",
        text="This letter was sent to see whether letters arrive. They do.\n",
        html="<p>This letter was sent to see whether letters arrive. They do.</p>",
        reply_to=None,
        unsubscribe_url=None,
    )
    try:
        transport.connect()
        transport.send(letter)
    except (MailServerError, PermanentDeliveryError, TemporaryDeliveryError) as error:
        return problem(f"The test letter was not taken: {error}.", "See the mail settings.")
    finally:
        transport.close()
    return fine("The test letter was handed over; look whether it arrives, and not as spam.")


def _show(result: Result) -> None:
    finding = result.finding
    click.echo(f"{_MARKS[finding.level]:8} {result.topic}: {finding.text}")
    if finding.advice:
        click.echo(f"{'':8} → {finding.advice}")


def _sum_up(results: list[Result]) -> None:
    levels = [result.finding.level for result in results]
    problems, warnings = levels.count(Level.PROBLEM), levels.count(Level.WARNING)
    click.echo(f"{problems} problems, {warnings} warnings.")


def _as_json(result: Result) -> dict[str, str]:
    finding = result.finding
    return {
        "topic": result.topic,
        "level": finding.level.value,
        "text": finding.text,
        "advice": finding.advice,
    }
