"""Signatures as Standard Webhooks has them, beside its published example and our own receiver."""

from __future__ import annotations

import base64

import pytest

from examples.webhook_receiver import ForgedError, verified
from survey.webhooks.signature import headers, new_secret, signature

BODY = b'{"id":"evt_1","type":"round.closed"}'
WHEN = 1_700_000_000


def test_the_published_example_comes_out() -> None:
    """From the specification's reference libraries (standard-webhooks/standard-webhooks)."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_as_long_as_the_specification_asks_and_never_the_same() -> None:
    made = {new_secret() for _ in range(20)}
    assert len(made) == 20
    for secret in made:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_a_receiver_takes_what_is_signed() -> None:
    secret = new_secret()
    sent = headers(secret, "evt_1", WHEN, BODY)
    assert verified(secret, sent, BODY, WHEN + 299)["type"] == "round.closed"
    # Beside another signature, as while a secret is being replaced.
    two = {**sent, "webhook-signature": "v1,AAAA v1a,BBBB " + sent["webhook-signature"]}
    assert verified(secret, two, BODY, WHEN)["id"] == "evt_1"


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "evt_2"},
        {"webhook-timestamp": str(WHEN + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "v1,no base64"},
        {"webhook-signature": ""},
    ],
)
def test_a_receiver_refuses_what_is_changed(changed: dict[str, str]) -> None:
    secret = new_secret()
    sent = {**headers(secret, "evt_1", WHEN, BODY), **changed}
    with pytest.raises(ForgedError):
        verified(secret, sent, BODY, WHEN)


def test_a_receiver_refuses_other_bodies_secrets_and_old_messages() -> None:
    secret = new_secret()
    sent = headers(secret, "evt_1", WHEN, BODY)
    for wrong_secret, body, now in (
        (secret, BODY + b" ", WHEN),
        (new_secret(), BODY, WHEN),
        (secret, BODY, WHEN + 301),
        (secret, BODY, WHEN - 301),
    ):
        with pytest.raises(ForgedError):
            verified(wrong_secret, sent, body, now)
