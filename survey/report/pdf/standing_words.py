"""The words that stand in the PDF whatever the figures are: headings, heads of tables, labels."""

from __future__ import annotations

from survey.report.wording import Wording


def standing_words(words: Wording, *, has_figures: bool) -> dict[str, str]:
    """These words by the names that the template has for them."""
    return {
        "confidential": words.gettext("Confidential"),
        "page": words.gettext("Page {page} of {pages}"),
        "goal_mark": words.gettext("Goal"),
        "goal": words.gettext("The goal"),
        "reached_when": words.gettext("Reached when"),
        "its_competencies": words.gettext("Its competencies:"),
        "characters_missing": words.gettext(
            "A box in the text stands for a character that no font on this server has."
        ),
        "who_answered": words.gettext("Who answered and how to read this")
        if has_figures
        else words.gettext("Who answered"),
        "the_scale": words.gettext("The scale"),
        "all_competencies": words.gettext("All competencies"),
        "competency_by_competency": words.gettext("Competency by competency"),
        "statement_by_statement": words.gettext("Statement by statement"),
        "statements_withheld": words.gettext(
            "Of the anonymous raters, statements are not shown here, to protect single ratings."
        ),
        "looking_back": words.gettext(
            "Looking back: then and now from the same raters, in the same form"
        ),
        "comments": words.gettext("In their own words"),
        "about_comments": words.gettext(
            "Word for word, without names, in random order within each group."
        ),
        "over_the_rounds": words.gettext("Over the rounds"),
        "trend_head": words.gettext("Competency: all raters (self)"),
        "numbers": words.gettext("For those who want the numbers"),
    }
