"""Settings of mail that make no sense are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, load_config
from tests.conftest import service_environment

SIGNED_IN = {"MAIL_SERVER": "mail.example.org", "MAIL_USERNAME": "a", "MAIL_PASSWORD": "b"}
IMAP = {
    "BOUNCE_ADDRESS": "bounces@example.org",
    "BOUNCE_IMAP_HOST": "imap.example.org",
    "BOUNCE_IMAP_USERNAME": "a",
    "BOUNCE_IMAP_PASSWORD": "b",
}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"MAIL_USE_TLS": "1", "MAIL_USE_SSL": "1"}, "MAIL_USE_TLS, MAIL_USE_SSL"),
        ({"MAIL_USERNAME": "survey"}, "MAIL_PASSWORD is not set"),
        ({"MAIL_PASSWORD": "secret"}, "MAIL_USERNAME is not set"),
        (SIGNED_IN, "in clear"),
        ({"MAIL_CA_FILE": "/nowhere/ca.pem"}, "MAIL_CA_FILE: /nowhere/ca.pem"),
        ({"MAIL_CA_FILE": __file__}, "MAIL_CA_FILE"),
        ({"MAIL_PORT": "70000"}, "MAIL_PORT"),
        ({"MAIL_PER_MINUTE": "many"}, "MAIL_PER_MINUTE"),
        ({"MAIL_PER_MINUTE_PER_DOMAIN": "-1"}, "MAIL_PER_MINUTE_PER_DOMAIN"),
        ({"MAIL_TIMEOUT_SECONDS": "0"}, "MAIL_TIMEOUT_SECONDS"),
        ({"MAIL_LETTERS_PER_CONNECTION": "0"}, "MAIL_LETTERS_PER_CONNECTION"),
        ({"MAIL_DRY_RUN": "perhaps"}, "MAIL_DRY_RUN"),
        ({"BOUNCE_ADDRESS": "bounces"}, "BOUNCE_ADDRESS"),
        ({"BOUNCE_ADDRESS": "bounces+x@example.org"}, "BOUNCE_ADDRESS"),
        ({"BOUNCE_ADDRESS": f"{'b' * 21}@example.org"}, "BOUNCE_ADDRESS"),
        (IMAP | {"BOUNCE_ADDRESS": ""}, "BOUNCE_ADDRESS is not set"),
        (IMAP | {"BOUNCE_IMAP_USERNAME": ""}, "BOUNCE_IMAP_USERNAME is not set"),
        (IMAP | {"BOUNCE_IMAP_PASSWORD": ""}, "BOUNCE_IMAP_PASSWORD is not set"),
        (IMAP | {"BOUNCE_IMAP_MINUTES": "0"}, "BOUNCE_IMAP_MINUTES"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    settings: dict[str, str], named: str, tmp_path: Path
) -> None:
    environment = service_environment("sqlite://", tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_config(environment | settings)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "port"),
    [
        (SIGNED_IN | {"MAIL_USE_TLS": "1"}, 587),
        (SIGNED_IN | {"MAIL_USE_SSL": "1"}, 465),
        (SIGNED_IN | {"MAIL_SERVER": "127.0.0.1"}, 587),
    ],
)
def test_the_usual_settings_are_accepted(
    settings: dict[str, str], port: int, tmp_path: Path
) -> None:
    config = load_config(service_environment("sqlite://", tmp_path) | settings | IMAP)
    assert config["MAIL_PORT"] == port
    assert config["BOUNCE_IMAP_PORT"] == 993
