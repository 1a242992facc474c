"""No kind of page is left out: neither a template nor an address of the application."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, meta

from tests.accessibility.inhabitants import Inhabitants
from tests.accessibility.visits import VISITS
from tests.support.live_service import ROOT

# Addresses that answer without a page, each with what they answer.
NOT_PAGES = {
    "static": "files of the style",
    "health": "a word for machines",
    "brand": "the organisation's logo and its colours",
    "api": "answers for programs",
    "api_description.openapi": "a file",
    "openid": "a redirection to the organisation's sign-in service",
    "frameworks.template": "a file",
    "privacy_notice.download": "a file",
    "reports.download": "a file",
    "sessions.appointment": "a calendar file",
    "rater.open_decline_link": "a redirection to the page to decline",
}
# Rendered into a letter or a file, not into an answer.
NOT_ANSWERS = {"privacy/access_export.html"}
ALL = [visit for _, visits in VISITS.values() for visit in visits]


def test_every_template_that_is_a_page_is_visited() -> None:
    folder = ROOT / "templates"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    pieces = {piece for name in names for piece in _referred_to(folder / name)}
    others = {name for name in names if name.startswith(("email/", "macros/"))}
    pages = names - pieces - others - NOT_ANSWERS
    assert len(pages) > 60
    # And nothing is said of templates that are gone.
    assert {visit.template for visit in ALL} - {""} - names == set()
    assert pages - {visit.template for visit in ALL} == set()


def test_every_address_with_a_page_is_visited(place: Inhabitants) -> None:
    rules = [rule for rule in place.served.app.url_map.iter_rules() if "GET" in rule.methods]
    endpoints = {rule.endpoint for rule in rules}
    not_pages = {e for e in endpoints if e in NOT_PAGES or e.partition(".")[0] in NOT_PAGES}
    assert endpoints - not_pages - {visit.endpoint for visit in ALL} == set()


def _referred_to(template: Path) -> set[str]:
    """The templates that this one is made of: what they show is on its page."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(template.read_text(encoding="utf-8"))
    return {name for name in meta.find_referenced_templates(tree) if name}
