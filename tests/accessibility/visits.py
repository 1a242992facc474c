"""Every kind of page, and how somebody comes to it.

A kind of page is an endpoint with a template: an endpoint may answer with its page, with a question
before something that cannot be taken back, or with what is wrong with what was sent.
`test_visits.py` holds that no template and no address is missing here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from survey.storage.models import Person
from tests.accessibility import axe
from tests.accessibility.inhabitants import (
    ADMINISTRATOR,
    ASKING,
    LEAD,
    MENTEE,
    MENTOR,
    NEWCOMER,
    OTHER_MENTEE,
    Inhabitants,
)
from tests.frameworks.samples import GOOD, broken
from tests.support.cases import NOW


@dataclass
class Guest:
    """Somebody with a browser, and the place they are in."""

    page: Page
    place: Inhabitants

    def open(self, endpoint: str, query: str = "", **ids: str) -> None:
        """Open a page; its things are named as in `Inhabitants.ids`."""
        values = {name: self.place.ids.get(called, called) for name, called in ids.items()}
        self.page.goto(self.place.served.address(endpoint, **values) + query)

    def press(self, name: str) -> None:
        """Press the first button whose name begins so; what is folded away is opened first."""
        self.unfold()
        button = self.page.locator("main").get_by_role("button", name=re.compile(f"^{name}"))
        with self.page.expect_navigation():
            button.first.click()

    def send_without_scripts(self, action: str) -> None:
        """Send the form with this action as a browser without scripts would."""
        with self.page.expect_navigation():
            self.page.locator(f'form[action$="{action}"]').first.evaluate("form => form.submit()")

    def type(self, name: str, text: str) -> None:
        """Fill in the field with this name."""
        self.unfold()
        self.page.locator(f'[name="{name}"]:not([type=hidden])').first.fill(text)

    def unfold(self) -> None:
        """Open all that is folded away."""
        self.page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")

    def sign_in(self, email: str) -> None:
        """Sign in with a link."""
        self.page.goto(self.place.sign_in_link(email))
        self.press("Sign in")

    def answer(self, round_name: str, *, ratings: int = 5, group: str = "peers") -> None:
        """Open a rater's link, and rate some statements."""
        self.page.goto(self.place.fresh_link(round_name, group))
        for question in self.page.locator("fieldset.q").all()[:ratings]:
            question.locator('input[value="4"]').check(force=True)


@dataclass(frozen=True)
class Visit:
    """How somebody comes to a kind of page. Without a way, its address is opened."""

    name: str
    endpoint: str
    template: str
    go: Callable[[Guest], None]
    rules: axe.Only = field(default_factory=lambda: axe.ALL)


def at(endpoint: str, template: str, query: str = "", **ids: str) -> Visit:
    """A page that is shown to whoever opens its address."""
    name = " ".join([endpoint, *ids.values(), query]).strip()
    return Visit(name, endpoint, template, lambda guest: guest.open(endpoint, query, **ids))


def wrong(name: str, endpoint: str, template: str, press: str, **ids: str) -> Visit:
    """A page with a form that was sent as it was, with nothing typed."""

    def go(guest: Guest) -> None:
        guest.open(endpoint, **ids)
        fields = guest.page.locator("main :is(input:not([type=hidden], [type=file]), textarea)")
        for one in fields.all():
            if one.get_attribute("type") not in ("radio", "checkbox", "range"):
                one.evaluate("field => { field.value = ''; }")
        guest.press(press)

    return Visit(name, endpoint, template, go)


def question(name: str, endpoint: str, page: str, action: str, **ids: str) -> Visit:
    """The question before something that cannot be taken back, as it is asked without scripts."""

    def go(guest: Guest) -> None:
        guest.open(page, **ids)
        guest.send_without_scripts(action)

    return Visit(name, endpoint, "confirm.html", go)


def _nowhere(guest: Guest) -> None:
    guest.page.goto(f"{guest.place.served.base_url}/nowhere")


def _link_asked_for(guest: Guest) -> None:
    guest.open("accounts.request_link")
    guest.type("email", "somebody@example.org")
    guest.press("Send me a link")


def _sign_in_link(guest: Guest) -> None:
    guest.page.goto(guest.place.sign_in_link(NEWCOMER))


def _asked_as_rater(guest: Guest) -> None:
    guest.open("privacy_notice.ask")
    guest.type("email", "peers1@example.org")
    guest.press("Send me the link")


def _held(guest: Guest) -> None:
    token = guest.place.served.service.rater_data_links.token("peers20@example.org")
    guest.open("privacy_notice.held", token=token)


def _sure_to_erase(guest: Guest) -> None:
    _held(guest)
    guest.press("Erase my name")


def _erased_as_rater(guest: Guest) -> None:
    _sure_to_erase(guest)
    guest.press("Erase")


def _first_letter(guest: Guest) -> None:
    guest.open("mailbox.index")
    with guest.page.expect_navigation():
        guest.page.locator("main a[href*='/mailbox/']").first.click()


def _first_letter_as_html(guest: Guest) -> None:
    # Scripts do not run where the letter is shown, and axe-core is one.
    _first_letter(guest)
    letter = guest.page.request.get(f"{guest.page.url}/html").text()
    guest.page.goto("about:blank")
    guest.page.set_content(letter)


def _form_of(round_name: str, group: str = "peers") -> Callable[[Guest], None]:
    return lambda guest: guest.answer(round_name, ratings=3, group=group)


def _nothing_answered(round_name: str) -> Callable[[Guest], None]:
    def go(guest: Guest) -> None:
        guest.answer(round_name, ratings=0)
        with guest.page.expect_navigation():
            guest.page.locator("button[value=review]").click()

    return go


def _review(round_name: str) -> Callable[[Guest], None]:
    def go(guest: Guest) -> None:
        guest.answer(round_name)
        guest.page.locator("textarea").first.fill("When Peter Smith asked, it helped.")
        guest.page.locator("button[value=review]").click()
        guest.page.locator("button[value=submit]").first.wait_for()

    return go


def _sent(round_name: str) -> Callable[[Guest], None]:
    def go(guest: Guest) -> None:
        _review(round_name)(guest)
        guest.page.locator("button[value=submit]").first.click()
        guest.page.wait_for_url("**/thank-you")

    return go


def _already_used(guest: Guest) -> None:
    _sent("asked")(guest)
    guest.page.goto(guest.page.url.replace("thank-you", "already-used"))


def _link_used_up(guest: Guest) -> None:
    link = guest.place.fresh_link("asked")
    guest.page.goto(link)
    guest.page.locator("fieldset.q input").first.check(force=True)
    guest.page.locator("button[value=review]").click()
    guest.page.locator("button[value=submit]").first.click()
    guest.page.wait_for_url("**/thank-you")
    guest.page.goto(link)


def _about_to_decline(round_name: str) -> Callable[[Guest], None]:
    def go(guest: Guest) -> None:
        guest.page.goto(guest.place.fresh_link(round_name) + "/decline")

    return go


def _declined(guest: Guest) -> None:
    _about_to_decline("asked")(guest)
    guest.page.locator("button[value=decline]").click()
    guest.page.wait_for_url("**/declined")


def _lose_the_key(guest: Guest) -> None:
    place = guest.place
    place.served.service.keys.destroy(place.ids["lost"], NOW.date())


def _form_without_a_key(guest: Guest) -> None:
    _lose_the_key(guest)
    guest.page.goto(guest.place.fresh_link("lost round"))


def _mentee_without_a_key(guest: Guest) -> None:
    _lose_the_key(guest)
    guest.open("mentees.show", mentorship_id="lost")


def _later(guest: Guest) -> None:
    """Too long after signing in for what is sensitive."""
    service = guest.place.served.service
    service.clock = NOW + dt.timedelta(minutes=30)
    try:
        guest.open("account.new_passkey")
    finally:
        service.clock = NOW


def _token_made(guest: Guest) -> None:
    guest.open("api_tokens.new")
    guest.type("label", "A program")
    guest.page.locator("main input[type=checkbox]").first.check()
    guest.press("Make the token")


def _webhook_registered(guest: Guest) -> None:
    guest.open("webhooks.new")
    guest.type("address", "https://hr.example.org/told")
    guest.press("Register the webhook")


def _edited(text: str) -> Callable[[Guest], None]:
    def go(guest: Guest) -> None:
        guest.open("frameworks.edit", framework_id="own-framework")
        guest.type("text", text)
        guest.press("Check only")

    return go


def _asked_who(guest: Guest) -> None:
    service = guest.place.served.service
    service.clock = NOW + dt.timedelta(minutes=30)
    try:
        guest.open("account.new_passkey")
        guest.press("Send me a link")
    finally:
        service.clock = NOW


def _broken_framework(guest: Guest) -> None:
    guest.open("frameworks.index")
    guest.page.locator("input[name=file]").set_input_files(
        {
            "name": "broken.yaml",
            "mimeType": "text/yaml",
            "buffer": broken("version: 1.0.0", "version: one", GOOD).encode(),
        }
    )
    guest.press("Check and keep")


def _raters_that_are_wrong(guest: Guest) -> None:
    guest.open("rounds.raters", round_id="draft")
    guest.type("pasted", "Nobody\nSomebody <somebody@>")
    guest.press("Add raters")


def _late_raters_that_are_wrong(guest: Guest) -> None:
    guest.open("rounds.show", round_id="open")
    guest.type("pasted", "Nobody\nSomebody <somebody@>")
    guest.press("Invite")


def _deadline_that_is_wrong(guest: Guest) -> None:
    guest.open("rounds.show", round_id="open")
    guest.type("deadline", "2020-01-01")
    guest.press("Set the deadline")


def _words_taken_out(guest: Guest) -> None:
    guest.open("comments.redact", round_id="closed")
    guest.type("words", "Peter Smith")
    guest.press("Take out")


def _name_mistyped(guest: Guest) -> None:
    guest.open("privacy.erase", person_id="erasable")
    guest.type("typed", "Somebody Else")
    guest.press("Erase for good")


def _erased(guest: Guest) -> None:
    service, person_id = guest.place.served.service, guest.place.ids["erasable"]
    with service.database.reading() as session:
        name = session.get_one(Person, person_id).name
    guest.open("privacy.erase", person_id="erasable")
    guest.type("typed", name)
    guest.press("Erase for good")


def _signed_out_while_typing(guest: Guest) -> None:
    guest.open("reflections.new", mentorship_id="mentorship", moment="session_end")
    guest.page.locator("textarea").first.fill("What I learned today is worth keeping.")
    guest.page.context.clear_cookies()
    guest.press("Save")


_OF_FINISHED = {"mentorship_id": "mentorship"}
_OF_RUNNING = {"mentorship_id": "running"}
_GOAL = {"mentorship_id": "mentorship", "goal_id": "goal"}
_PROPOSAL = {"round_id": "draft", "proposal_id": "proposal"}
_OWN = broken("id: leadership", "id: own-framework", GOOD)
_REWORDED = _OWN.replace("Asks before deciding", "Asks and listens before deciding", 1)
_WRONG = _OWN.replace("id: own-framework", "id: Own Framework")
_MENTOR_FORM, _RATER_FORM = "rounds/details.html", "rater/form.html"
_DECLINE = "rater/decline.html"

ANYBODY = (
    at("accounts.request_link", "accounts/sign_in.html"),
    wrong("no address to sign in", "accounts.request_link", "accounts/sign_in.html", "Send me a"),
    Visit("link asked for", "accounts.request_link", "accounts/link_sent.html", _link_asked_for),
    Visit("link to sign in", "accounts.confirm", "accounts/confirm.html", _sign_in_link),
    Visit("nowhere", "none", "error.html", _nowhere),
    at("privacy_notice.show", "privacy/notice.html"),
    at("privacy_notice.ask", "privacy/rater_ask.html"),
    wrong("no address of a rater", "privacy_notice.ask", "privacy/rater_ask.html", "Send me"),
    Visit("asked as a rater", "privacy_notice.ask", "privacy/rater_asked.html", _asked_as_rater),
    Visit("held about a rater", "privacy_notice.held", "privacy/rater_held.html", _held),
    Visit("sure to erase", "privacy_notice.erase", "privacy/rater_sure.html", _sure_to_erase),
    Visit("rater erased", "privacy_notice.erase", "privacy/rater_erased.html", _erased_as_rater),
    at("api_description.docs", "api/docs.html"),
    at("mailbox.index", "mailbox/index.html"),
    Visit("a letter", "mailbox.show", "mailbox/show.html", _first_letter),
    Visit("a letter as HTML", "mailbox.show_html", "", _first_letter_as_html, axe.WCAG),
)
RATER = (
    Visit("form", "rater.form", _RATER_FORM, _form_of("asked")),
    Visit("form of the manager", "rater.form", _RATER_FORM, _form_of("asked", "manager")),
    Visit("form looking back, in German", "rater.form", _RATER_FORM, _form_of("looking back")),
    Visit("form in French", "rater.form", _RATER_FORM, _form_of("in French")),
    Visit("form in Spanish", "rater.form", _RATER_FORM, _form_of("in Spanish")),
    Visit("review in French", "rater.answer", "rater/review.html", _review("in French")),
    Visit("review in Arabic", "rater.answer", "rater/review.html", _review("in Arabic")),
    Visit("receipt in Arabic", "rater.receipt", "rater/receipt.html", _sent("in Arabic")),
    Visit("declining in Arabic", "rater.confirm_decline", _DECLINE, _about_to_decline("in Arabic")),
    Visit("form in Arabic", "rater.form", _RATER_FORM, _form_of("in Arabic")),
    Visit("form with nothing answered", "rater.answer", _RATER_FORM, _nothing_answered("asked")),
    Visit(
        "nothing answered, in Arabic", "rater.answer", _RATER_FORM, _nothing_answered("in Arabic")
    ),
    Visit("review", "rater.answer", "rater/review.html", _review("asked")),
    Visit("review looking back", "rater.answer", "rater/review.html", _review("looking back")),
    Visit("receipt", "rater.receipt", "rater/receipt.html", _sent("asked")),
    Visit("sent before", "rater.already_used", "rater/already_used.html", _already_used),
    Visit("link used up", "rater.open_link", "rater/link_problem.html", _link_used_up),
    Visit("declining", "rater.confirm_decline", _DECLINE, _about_to_decline("asked")),
    Visit("declined", "rater.declined", "rater/receipt.html", _declined),
    at("rater.anonymity", "rater/anonymity.html"),
    at("rater.anonymity", "rater/anonymity.html", "?lang=ar"),
    Visit("form out of reach", "rater.form", "unavailable.html", _form_without_a_key),
)
OF_MENTOR = (
    at("home.index", "home.html"),
    at("account.show", "account/show.html"),
    wrong("account without a name", "account.show", "account/show.html", "Save"),
    at("account.new_passkey", "account/passkey.html"),
    Visit("who is there?", "account.confirm", "account/confirm.html", _later),
    Visit(
        "link to show it",
        "account.send_confirmation",
        "account/link_sent.html",
        _asked_who,
    ),
    at("api_tokens.new", "account/token.html"),
    wrong("token for nothing", "api_tokens.new", "account/token.html", "Make the token"),
    Visit("token made", "api_tokens.new", "account/token_made.html", _token_made),
    at("frameworks.index", "frameworks/index.html"),
    Visit("broken framework", "frameworks.index", "frameworks/index.html", _broken_framework),
    at("frameworks.show", "frameworks/show.html", framework_id="leadership"),
    at("frameworks.show", "frameworks/show.html", framework_id="own-framework"),
    at("frameworks.preview", "frameworks/preview.html", framework_id="leadership"),
    at("frameworks.preview", "frameworks/preview.html", "?group=self", framework_id="leadership"),
    at("frameworks.edit", "frameworks/edit.html", framework_id="leadership"),
    at("frameworks.edit", "frameworks/edit.html", framework_id="own-framework"),
    Visit("edited", "frameworks.edit", "frameworks/edit.html", _edited(_REWORDED)),
    Visit("edited wrongly", "frameworks.edit", "frameworks/edit.html", _edited(_WRONG)),
    at("webhooks.new", "webhooks/new.html"),
    wrong("no address", "webhooks.new", "webhooks/new.html", "Register the webhook"),
    Visit("webhook registered", "webhooks.new", "webhooks/registered.html", _webhook_registered),
    at("webhooks.show", "webhooks/show.html", webhook_id="webhook"),
    at("frameworks.versions", "frameworks/versions.html", framework_id="own-framework"),
    at("framework_drafts.show", "frameworks/draft.html", draft_id="framework draft"),
    at("framework_drafts.show", "frameworks/draft.html", draft_id="framework text"),
    at("framework_drafts.show", "frameworks/draft.html", draft_id="framework to save"),
    at("framework_drafts.details", "frameworks/draft_details.html", draft_id="framework draft"),
    at("framework_drafts.scale", "frameworks/draft_scale.html", draft_id="framework draft"),
    at(
        "framework_drafts.competency",
        "frameworks/draft_competency.html",
        "?check=1",
        draft_id="framework draft",
        competency_id="strategic-thinking",
    ),
    at(
        "framework_drafts.competency",
        "frameworks/draft_competency.html",
        "?language=de&check=1",
        draft_id="framework draft",
        competency_id="strategic-thinking",
    ),
    at(
        "framework_drafts.competency",
        "frameworks/draft_competency.html",
        "?more=1",
        draft_id="framework to save",
        competency_id="strategic-thinking",
    ),
    at("framework_drafts.questions", "frameworks/draft_questions.html", draft_id="framework draft"),
    at("framework_drafts.languages", "frameworks/draft_languages.html", draft_id="framework draft"),
    at("framework_drafts.text", "frameworks/edit.html", draft_id="framework draft"),
    at("framework_drafts.text", "frameworks/edit.html", draft_id="framework to save"),
    at("framework_drafts.preview", "frameworks/preview.html", draft_id="framework to save"),
    at("mentees.new", "mentees/new.html"),
    wrong("mentee without a name", "mentees.new", "mentees/new.html", "Add mentee"),
    at("mentees.show", "mentees/show.html", **_OF_FINISHED),
    at("mentees.show", "mentees/show.html", **_OF_RUNNING),
    at("mentees.new_goal", "mentees/goal.html", **_OF_RUNNING),
    wrong("goal without words", "mentees.new_goal", "mentees/goal.html", "Save", **_OF_RUNNING),
    at("mentees.edit_goal", "mentees/goal.html", **_GOAL),
    at("goals.measures", "goals/measures.html", **_GOAL),
    at("goals.attainment", "goals/attainment.html", **_GOAL),
    at("goals.evaluation", "goals/evaluation.html", **_GOAL),
    at("milestones.edit", "sessions/milestones.html", **_GOAL),
    at("relationship.agreed_sessions", "sessions/agreed.html", **_OF_RUNNING),
    at("relationship.end", "sessions/end.html", **_OF_RUNNING),
    at("sessions.new", "sessions/edit.html", **_OF_RUNNING),
    wrong("session without a day", "sessions.new", "sessions/edit.html", "Save the", **_OF_RUNNING),
    at("sessions.edit", "sessions/edit.html", record_id="record", **_OF_FINISHED),
    at("sessions.plan", "sessions/plan.html", **_OF_RUNNING),
    at("rounds.new", _MENTOR_FORM, **_OF_FINISHED),
    wrong("round without a day", "rounds.new", _MENTOR_FORM, "Next", **_OF_RUNNING),
    at("rounds.details", _MENTOR_FORM, round_id="draft"),
    at("rounds.version", "rounds/version.html", round_id="newer version"),
    at("rounds.raters", "rounds/raters.html", round_id="draft"),
    Visit("raters that are wrong", "rounds.raters", "rounds/raters.html", _raters_that_are_wrong),
    at("proposals.decide", "rounds/proposal.html", **_PROPOSAL),
    wrong("proposal", "proposals.decide", "rounds/proposal.html", "Put on the list", **_PROPOSAL),
    at("rounds.preview", "rounds/preview.html", round_id="draft"),
    at("rounds.preview", "rounds/preview.html", "?language=de", round_id="change"),
    question("discard?", "rounds.discard", "rounds.raters", "/discard", round_id="draft"),
    at("rounds.show", "rounds/show.html", round_id="open"),
    Visit("late raters", "rounds.add_late", "rounds/show.html", _late_raters_that_are_wrong),
    Visit("deadline", "rounds.set_deadline", "rounds/show.html", _deadline_that_is_wrong),
    at("rounds.address", "rounds/address.html", round_id="open", invitation_id="invitation"),
    at("rounds.show", "rounds/show.html", round_id="closed"),
    at("rounds.show", "rounds/show.html", round_id="change"),
    at("comments.redact", "rounds/comments.html", round_id="closed"),
    Visit("words taken out", "comments.redact", "rounds/comments.html", _words_taken_out),
    at("reports.show", "reports/show.html", round_id="closed"),
    at("reports.show", "reports/show.html", round_id="before"),
    at("reports.show", "reports/show.html", round_id="change"),
    at("reflections.shared", "reflections/shared.html", **_OF_FINISHED),
    at("mentoring_feedback.received", "mentoring_feedback/received.html", **_OF_FINISHED),
    at("reviews.index", "reviews/index.html", **_OF_FINISHED),
    at("reviews.write", "reviews/write.html", kind="midway", **_OF_RUNNING),
    at("reflective_log.index", "reflective_log/index.html"),
    at("reflective_log.new", "reflective_log/edit.html"),
    at("reflective_log.edit", "reflective_log/edit.html", entry_id="entry"),
    at("reflective_log.patterns", "reflective_log/patterns.html"),
)
OF_MENTEE = (
    at("home.index", "home.html"),
    at("relationship.show", "sessions/mentee.html", **_OF_FINISHED),
    at("reflections.index", "reflections/index.html", **_OF_FINISHED),
    at(
        "reflections.new",
        "reflections/edit.html",
        mentorship_id="mentorship",
        moment="session_end",
    ),
    at("mentoring_feedback.given", "mentoring_feedback/given.html", **_OF_FINISHED),
    at("mentoring_feedback.give", "mentoring_feedback/give.html", **_OF_FINISHED),
    at("reviews.index", "reviews/index.html", **_OF_FINISHED),
    at("reports.show", "reports/show.html", round_id="change"),
    at("my_data.show", "privacy/my_data.html"),
    at("my_data.ask_for_erasure", "privacy/ask_for_erasure.html"),
    at("my_data.rectify", "privacy/my_data.html"),
    Visit("signed out", "reflections.new", "accounts/not_saved.html", _signed_out_while_typing),
)
OF_ADMINISTRATOR = (
    at("home.index", "home.html"),
    at("people.index", "people/index.html"),
    at("people.new", "people/new.html"),
    wrong("person without a name", "people.new", "people/new.html", "Add"),
    at("people.show", "people/show.html", person_id="mentee"),
    at("privacy.index", "privacy/index.html"),
    at("privacy.person", "privacy/person.html", person_id="mentee"),
    at("privacy.erase", "privacy/erase.html", person_id="erasable"),
    Visit("name mistyped", "privacy.erase", "privacy/erase.html", _name_mistyped),
    at("privacy.erase_one_mentorship", "privacy/erase.html", mentorship_id="erasable mentorship"),
    Visit("erased", "privacy.erase", "privacy/erased.html", _erased),
)
OF_LEAD = (at("home.index", "home.html"), at("programme.show", "programme/show.html"))
OF_NEWCOMER = (
    at("home.index", "home.html"),
    at("reflective_log.index", "reflective_log/index.html"),
)
OF_OTHER_MENTEE = (
    at("home.index", "home.html"),
    at("proposals.new", "rounds/propose.html", round_id="draft"),
    wrong("no address", "proposals.new", "rounds/propose.html", "Propose", round_id="draft"),
    at("reflections.edit", "reflections/edit.html", reflection_id="reflection", **_OF_RUNNING),
    at("mentoring_feedback.given", "mentoring_feedback/given.html", **_OF_RUNNING),
    at("reviews.write", "reviews/write.html", kind="midway", **_OF_RUNNING),
)
OF_ASKING = (Visit("goal out of reach", "mentees.show", "unavailable.html", _mentee_without_a_key),)

# By who visits; nobody signed in has no address.
VISITS: dict[str, tuple[str | None, tuple[Visit, ...]]] = {
    "anybody": (None, ANYBODY),
    "rater": (None, RATER),
    "mentor": (MENTOR, OF_MENTOR),
    "mentee": (MENTEE, OF_MENTEE),
    "other mentee": (OTHER_MENTEE, OF_OTHER_MENTEE),
    "administrator": (ADMINISTRATOR, OF_ADMINISTRATOR),
    "programme lead": (LEAD, OF_LEAD),
    "newcomer": (NEWCOMER, OF_NEWCOMER),
    "asking mentor": (ASKING, OF_ASKING),
}
