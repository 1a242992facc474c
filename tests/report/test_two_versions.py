"""What a report says where its two rounds asked different versions of a framework."""

from __future__ import annotations

import datetime as dt
import io

from openpyxl import load_workbook

from survey.report.as_text import report_as_text
from survey.report.cells import change_rows, report_cells
from survey.report.comparison_words import comparison_note, comparison_summary
from survey.report.feedback_report import FeedbackReport
from survey.report.pdf.document import report_as_pdf
from survey.report.spreadsheet import report_as_xlsx
from survey.report.story import tell
from survey.report.wording import ENGLISH
from tests.report.full_reports import leadership, newer_leadership, report_like
from tests.report.pdf_reader import Pdf, squeezed

TODAY = dt.date(2026, 11, 25)
BEFORE, AFTER = leadership(), newer_leadership()
JUDGED, REWORDED, SHORTER = (one.id for one in AFTER.competencies[:3])
GONE, NEW = BEFORE.competencies[-1], AFTER.competencies[-1]
TITLES = {one.id: str(one.title["en"] if isinstance(one.title, dict) else one.title)
          for one in (*BEFORE.competencies, *AFTER.competencies)}  # fmt: skip


def report() -> FeedbackReport:
    return report_like("new_version")


def test_each_competency_says_whether_it_is_compared() -> None:
    told = report()
    notes = {c.id: comparison_note(told, c, ENGLISH) for c in told.competencies}
    assert "statements are worded otherwise" in notes[REWORDED]
    assert "statements were added, or are no longer asked" in notes[SHORTER]
    assert "it was not asked then" in notes[NEW.id]
    assert notes[JUDGED] == (
        "Reworded since the before round; compared as the mentor judged it to mean the same."
    )
    assert [name for name, note in notes.items() if not note] == [
        one.id for one in AFTER.competencies[3:-1]
    ]


def test_the_story_counts_what_is_compared_alone() -> None:
    told = report()
    story = tell(told, ENGLISH)
    compared = len(AFTER.competencies) - 3
    assert len(told.by_movement) == compared
    assert f"of {compared} competencies" in story.headline
    (said,) = [one for one in story.sentences if "not compared" in one]
    assert said.startswith(f"3 of {len(AFTER.competencies)} competencies are not compared")
    # Both competencies of the goal are left out: there is no change of the goal to tell.
    assert f"Of those linked to the goal: {TITLES[REWORDED]} and {TITLES[SHORTER]}." in said
    assert told.goal_movement is not None
    assert (told.goal_movement.linked, told.goal_movement.contrast) == (None, None)
    assert not [one for one in story.sentences if "linked to the goal moved" in one]


def test_every_file_says_it() -> None:
    told = report()
    summary = comparison_summary(told, ENGLISH)
    left_out, judged, gone = summary
    for name in (REWORDED, SHORTER, NEW.id):
        assert TITLES[name] in left_out
    assert judged.endswith(f"judged them to mean the same: {TITLES[JUDGED]}.")
    assert gone == f"Asked in the before round and no more: {TITLES[GONE.id]}."
    text = report_as_text(told)
    book = load_workbook(io.BytesIO(report_as_xlsx(told, ENGLISH, title="Mia", created_on=TODAY)))
    first_sheet = [row[0].value for row in book.worksheets[0].iter_rows()]
    pdf = Pdf(report_as_pdf(told, ENGLISH, mentee_name="Mia", mentor_name="Max", created_on=TODAY))
    for line in summary:
        assert line in text
        assert line in first_sheet
        assert squeezed(line) in squeezed(pdf.text)
    for c in told.competencies:
        assert squeezed(comparison_note(told, c, ENGLISH)) in squeezed(pdf.text)
    assert "not compared" in pdf.text


def test_no_figure_of_the_round_before_stands_beside_what_is_not_compared() -> None:
    told = report()
    left_out = {REWORDED, SHORTER, NEW.id}
    before = {cell.competency_id for cell in report_cells(told) if cell.round_kind == "before"}
    assert before == {one.id for one in AFTER.competencies} - left_out
    assert {row.competency_id for row in change_rows(told)}.isdisjoint(left_out)


def test_reports_on_one_questionnaire_say_nothing_of_it() -> None:
    told = report_like("after")
    assert comparison_summary(told, ENGLISH) == []
    assert not [c for c in told.competencies if comparison_note(told, c, ENGLISH)]
    assert not [one for one in tell(told, ENGLISH).sentences if "compared" in one]


def test_a_trend_joins_only_rounds_that_asked_the_same() -> None:
    told = report_like("trend_to_a_new_version")
    assert told.trend is not None
    lines = {c.id: c for c in told.trend.competencies}
    for name, line in lines.items():
        shown = [mean is not None for mean in line.others]
        assert shown == [own is not None for own in line.own]
        if name in (REWORDED, SHORTER, NEW.id):
            assert shown == [False, False, False, True]
        else:
            # What the mentor judged to be the same goes back through all rounds that asked it.
            assert shown == [True] * 4
