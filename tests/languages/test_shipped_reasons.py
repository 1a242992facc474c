"""The privacy notice says in every language what retention.yaml says."""

from __future__ import annotations

from pathlib import Path

from survey.privacy.schedule import load_schedule
from survey.privacy.shipped_reasons import SHIPPED_REASONS

FILE = Path(__file__).resolve().parents[2] / "retention.yaml"


def test_every_reason_and_basis_that_ships_can_be_translated() -> None:
    rules = load_schedule(FILE, FILE).values()
    assert {text for rule in rules for text in (rule.reason, rule.basis)} == SHIPPED_REASONS
