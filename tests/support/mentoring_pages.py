"""The pages of a mentoring as its mentor and its mentee use them in a browser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from itertools import count
from urllib.parse import urlsplit

from playwright.sync_api import Locator, expect

from tests.support.pages import Visitor

# What may be followed from page to page without changing anything.
_FILES = (".pdf", ".xlsx", ".csv", ".ics")


class Words:
    """Texts to type, each with a mark of its own, so that each can be looked for everywhere."""

    def __init__(self) -> None:
        self.typed: list[str] = []
        self._numbers = count(1)

    def say(self, text: str) -> str:
        """The text with its mark."""
        self.typed.append(f"zq{next(self._numbers):03}qz")
        return f"{text} {self.typed[-1]}"

    @staticmethod
    def mark_in(text: str) -> str:
        """The mark of a text."""
        return text.rpartition(" ")[2]


class Participant(Visitor):
    """Mentor or mentee: what both do."""

    def told(self, message: str) -> None:
        """The page says so at its top."""
        expect(self.page.locator(".flash")).to_contain_text([message])

    def follow(self, name: str) -> None:
        """Follow the link or press the button whose name begins so."""
        begins = re.compile(rf"^{re.escape(name)}")
        link = self.page.get_by_role("link", name=begins)
        link.or_(self.page.get_by_role("button", name=begins)).first.click()

    def heading(self, name: str) -> None:
        """Wait for the page with this heading."""
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def fill(self, texts: Mapping[str, str]) -> None:
        """Fill fields by their name; what is folded away is opened first."""
        for name, text in texts.items():
            field = self.page.locator(f'[name="{name}"]')
            self.unfold(field)
            field.fill(text)

    def unfold(self, field: Locator) -> None:
        """Open what the field is folded away in."""
        around = field.locator("xpath=ancestor::details[not(@open)]/summary")
        if around.count():
            around.click()

    def on_slider(self, name: str, value: int) -> None:
        """Choose a number from 0 to 10."""
        slider = self.page.get_by_role("slider", name=name)
        slider.press("Home")
        for _ in range(value):
            slider.press("ArrowRight")
        expect(slider).to_have_attribute("aria-valuetext", f"{value} of 10")

    def write_review(self, kind: str, answers: Mapping[str, str]) -> None:
        """Write one's part of a review, from the page of all reviews."""
        page = self.page
        section = page.locator("section.card", has=page.locator(f"h2#{kind}"))
        section.get_by_role("link", name=re.compile("^Write your part")).click()
        for question, answer in answers.items():
            page.get_by_label(question).fill(answer)
        self.click("Save")
        self.heading("Reviews")

    def everything_seen(self) -> dict[str, str]:
        """All pages that links lead to from the start page, by address."""
        seen: dict[str, str] = {}
        waiting = ["/"]
        while waiting:
            path = waiting.pop()
            if path in seen or path.endswith(_FILES):
                continue
            answer = self.page.request.get(f"{self._base_url}{path}")
            assert answer.ok, f"{path}: {answer.status}"
            seen[path] = answer.text()
            for link in re.findall(r'href="([^"#]+)', seen[path]):
                parts = urlsplit(link.replace("&amp;", "&"))
                if not parts.netloc and not parts.path.startswith("/static/"):
                    waiting.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        return seen


class Mentor(Participant):
    """Works from the page of one mentee."""

    mentee_url: str

    def open_mentee(self) -> None:
        """Go to the mentee's page."""
        self.page.goto(self.mentee_url)

    def record_session(
        self,
        on: dt.date,
        texts: Mapping[str, str],
        shared: tuple[str, ...],
        actions: list[tuple[str, str, dt.date]],
        done: tuple[str, ...] = (),
        then: Mapping[str, str] | None = None,
    ) -> None:
        """Record a session: notes, actions as text, owner and day, and the next appointment."""
        page = self.page
        self.open_mentee()
        self.click("Record a session")
        for text in done:
            page.get_by_role("checkbox", name=text).check()
        page.locator("#held_on").fill(on.isoformat())
        self.fill(texts)
        for name in texts:
            page.locator(f"#{name}_shared").set_checked(name in shared)
        for number, (text, owner, until) in enumerate(actions, 1):
            self.fill({f"a{number}_text": text, f"a{number}_due_on": until.isoformat()})
            page.locator(f"#a{number}_owner").select_option(owner)
        if then:
            self.fill(then)
            page.locator("#next_send").check()
        self.click("Save the record")
        self.told("The session record is saved.")

    def write_log(self, texts: Mapping[str, str], tags: str, *, supervision: bool) -> None:
        """Write an entry of the reflective log about the mentee."""
        page = self.page
        self.open_mentee()
        self.follow("Write an entry")
        for question, answer in texts.items():
            page.get_by_label(question).fill(answer)
        page.locator("#tags").fill(tags)
        page.locator("#for_supervision").set_checked(supervision)
        self.click("Save")
        self.told("The entry is saved.")


class Mentee(Participant):
    """Works from the start page."""

    def start(self, name: str) -> None:
        """Go from the start page to one of the mentee's pages."""
        self.page.goto(f"{self._base_url}/")
        self.follow(name)

    def reflect(
        self, moment: str, answers: Mapping[str, str], goal: str, confidence: int, *, shared: bool
    ) -> None:
        """Write a self-reflection, with confidence in the goal."""
        self.start("Your reflections")
        self.click(moment)
        for question, answer in answers.items():
            self.page.get_by_label(question).fill(answer)
        self.on_slider(goal, confidence)
        self.page.locator("#shared").set_checked(shared)
        self.click("Save")
        self.heading("Your reflections")

    def give_feedback(self, answers: Mapping[str, str], when: str) -> None:
        """Tell the mentor how the mentoring goes."""
        self.start("Your feedback")
        self.click("Give feedback")
        for question, answer in answers.items():
            self.page.get_by_label(question).fill(answer)
        self.page.get_by_role("radio", name="About right").check()
        self.page.get_by_role("radio", name=when).check()
        self.click("Give this feedback")
        self.heading("Your feedback on the mentoring")
