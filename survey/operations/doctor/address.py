"""Whether BASE_URL leads to this service, encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from survey.operations.doctor.finding import Finding, fine, problem, warning

_SECONDS = 10
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def check_address(config: Mapping[str, Any]) -> Iterator[Finding]:
    """Ask for the sign-in page under the address that links start with."""
    base_url = config["BASE_URL"]
    if not base_url.startswith("https://"):
        if urlsplit(base_url).hostname in _THIS_MACHINE:
            yield warning(
                f"Links start with {base_url}, which works on this machine alone.",
                "Set BASE_URL to what people reach from outside.",
            )
        else:
            yield problem(
                f"{base_url} is not encrypted: answers and links can be read on their way.",
                "Put a proxy with https in front (deploy/) and set BASE_URL to https://….",
            )
    try:
        answer = requests.get(f"{base_url}/sign-in", timeout=_SECONDS, allow_redirects=False)
    except requests.exceptions.SSLError:
        yield problem(
            f"The certificate of {base_url} is not one that browsers take.",
            "Renew it, or set BASE_URL to the name that it is for.",
        )
        return
    except requests.exceptions.RequestException as error:
        yield warning(
            f"{base_url} cannot be reached from here ({type(error).__name__}).",
            "Is the web server running? If this machine cannot reach its own outer address, try "
            "it from elsewhere.",
        )
        return
    if answer.status_code == requests.codes.ok and config["SERVICE_NAME"] in answer.text:
        yield fine(f"{base_url} leads to the service.")
    else:
        yield problem(
            f"{base_url}/sign-in answers with {answer.status_code} and is not this service's page.",
            "Look at BASE_URL, and at where the proxy leads.",
        )
