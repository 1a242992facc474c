"""The pages as a person uses them in a browser."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.support.mail_server import MailServer, link_in


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, page: Page, base_url: str, mail: MailServer) -> None:
        self.page = page
        self._base_url = base_url
        self._mail = mail
        self.page.set_default_timeout(15_000)
        # Questions such as "Close the round?" are answered with yes.
        self.page.on("dialog", lambda dialog: dialog.accept())

    def sign_in(self, email: str) -> None:
        """Ask for a link, take it from the received letter, and use it."""
        before = len(self._mail.to(email, "/sign-in/"))
        self.page.goto(f"{self._base_url}/sign-in")
        self.page.get_by_label("Your e-mail address").fill(email)
        self.page.get_by_role("button", name="Send me a link").click()
        letter = self._mail.wait_for(email, "/sign-in/", before + 1)
        self.page.goto(link_in(letter, "/sign-in/"))
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(f"{self._base_url}/")

    def click(self, name: str) -> None:
        """Press the button or follow the link with this name."""
        button = self.page.get_by_role("button", name=name, exact=True)
        link = self.page.get_by_role("link", name=name, exact=True)
        button.or_(link).first.click()

    def answer(self, link: str, ratings: dict[str, str], comments: dict[str, str]) -> None:
        """Open a rater's link, fill the form, look through it and send it."""
        page = self.page
        page.goto(link)
        for name, value in ratings.items():
            page.locator(f'input[name="{name}"][value="{value}"]').check(force=True)
        for name, text in comments.items():
            page.locator(f'textarea[name="{name}"]').fill(text)
        self.click("Review and send")
        page.get_by_role("heading", name="Review your answers").wait_for()
        page.get_by_role("button", name="Send my feedback").first.click()
        page.wait_for_url("**/thank-you")
