"""The studio: a framework in the making, part by part, for people who know no YAML.

Each form keeps what was typed in a draft of the person's own, with its errors, whichever button
sent it. Only saving makes a version that rounds can use.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from babel import Locale
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from survey.accounts.policy import Action, Resource
from survey.frameworks.comparison import marked_words
from survey.frameworks.identifiers import LONGEST_ID, slug, unlike
from survey.frameworks.model import KEBAB_CASE, LANGUAGE_CODE, ROUND_KINDS, Framework
from survey.frameworks.problems import FrameworkError
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.frameworks.sketch import (
    Fault,
    Sketch,
    SketchCompetency,
    new_sketch,
    part_of,
    write_sketch,
)
from survey.frameworks.sketch.faults import NOT_TRANSLATED
from survey.frameworks.source_document import Path
from survey.languages.catalogues import spoken
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import FrameworkNameTakenError, TooManyFrameworksError
from survey.rounds.framework_drafts import (
    LookedDraft,
    draft_that_changes,
    keep_draft,
    look_at_draft,
)
from survey.rounds.framework_editing import as_copy, with_version
from survey.storage.models import FrameworkDraft
from survey.web.access import framework_draft_for, framework_for
from survey.web.confirmation import confirmation_page, is_sure
from survey.web.current import current_person, permitted, request_session, service
from survey.web.deeds import note_deed
from survey.web.framework_fields import (
    FEWEST_POINTS,
    MOST_POINTS,
    MOST_QUESTIONS,
    MOST_STATEMENTS,
    Fields,
    TextField,
    field_label,
    field_name,
    move,
    take_competency,
    take_details,
    take_questions,
    take_scale,
    typed,
)
from survey.web.framework_pages import begun, own_frameworks, preview_page
from survey.web.framework_pages import drafts_blueprint as blueprint
from survey.web.languages import current_language, in_words
from survey.web.rate_limits import limit_files
from survey.web.wording import framework_text

MOST_COMPETENCIES, MOST_LANGUAGES = 20, 20


@dataclass
class Opened:
    """A draft that a page is about, and what there is to say about it."""

    row: FrameworkDraft
    looked: LookedDraft
    own: dict[str, Framework]

    @property
    def sketch(self) -> Sketch:
        """Its parts; a draft that no form can show leads to its text."""
        if self.looked.sketch is None:
            abort(redirect(url_for("framework_drafts.text", draft_id=self.row.id)))
        return self.looked.sketch

    def faults(self, part: str, place: int = -1) -> list[Fault]:
        """What is wrong with a part."""
        return [one for one in self.looked.faults if part_of(one.path) == (part, place)]

    def keep(self, session: Session) -> None:
        """Keep what was changed, and look at it anew."""
        self.sketch.name_parts()
        text = write_sketch(self.sketch)
        self.looked = look_at_draft(text, self.own)
        keep_draft(session, self.row, text, service().today(), self.looked)


@blueprint.post("/new")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def new() -> ResponseReturnValue:
    """Begin a framework from nothing."""
    with request_session() as session:
        sketch = new_sketch(spoken(current_person().language), _first_words())
        return begun(session, write_sketch(sketch), "", "framework_drafts.details")


@blueprint.post("/from/<framework_id>")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def begin(framework_id: str) -> ResponseReturnValue:
    """Go on with a framework of one's own, or with a copy of one that ships with the service."""
    with request_session() as session:
        framework_for(session, framework_id)
        mentor, catalogue = current_person(), service().catalogue
        text = catalogue.yaml_of(session, mentor, framework_id)
        if framework_id in catalogue.shipped:
            known = set(catalogue.for_mentor(session, mentor))
            return begun(session, as_copy(text, known, framework_id), "")
        there = draft_that_changes(session, mentor, framework_id)
        if there is not None:
            flash(_("You go on with the draft that you began."), "info")
            return redirect(url_for("framework_drafts.show", draft_id=there.id))
        return begun(session, text, framework_id)


@blueprint.get("/<uuid:draft_id>")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def show(draft_id: uuid.UUID) -> ResponseReturnValue:
    """A draft: its parts, what is to be put right, and what saving it would change."""
    with service().database.reading() as session:
        opened = _open(session, draft_id)
        looked = opened.looked
        return render_template(
            "frameworks/draft.html",
            draft=opened.row,
            looked=looked,
            sketch=looked.sketch,
            problems=_places(opened, looked.faults) if looked.sketch else [],
            missing=_missing(opened),
            marked=marked_words,
            most=MOST_COMPETENCIES,
            faults=opened.faults,
        )


@blueprint.post("/<uuid:draft_id>/competencies")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def arrange(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Add a competency, or move one up or down."""
    back = url_for("framework_drafts.show", draft_id=draft_id, _anchor="competencies")
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch = opened.sketch
        title = typed("title")
        if request.form.get("deed") != "add":
            move(sketch.competencies)
        elif title and len(sketch.competencies) < MOST_COMPETENCIES:
            part = SketchCompetency(title={sketch.default_language: title})
            sketch.competencies.append(part)
            sketch.name_parts()
            back = url_for("framework_drafts.competency", draft_id=draft_id, competency_id=part.id)
        else:
            flash(_("Write the title of the new competency."), "error")
        _keep(session, opened)
    return redirect(back)


@blueprint.post("/<uuid:draft_id>/competencies/<competency_id>/remove")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def remove_competency(draft_id: uuid.UUID, competency_id: str) -> ResponseReturnValue:
    """Remove a competency with its statements."""
    back = url_for("framework_drafts.show", draft_id=draft_id, _anchor="competencies")
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch = opened.sketch
        part = _competency_of(sketch, competency_id)
        if not is_sure():
            return confirmation_page(
                _("Remove this competency?"),
                _(
                    "“%(title)s” goes with its statements: out of the draft, not out of the "
                    "versions that are saved.",
                    title=sketch.in_default(part.title),
                ),
                _("Remove the competency"),
                back,
            )
        sketch.competencies.remove(part)
        _keep(session, opened)
    flash(_("The competency is removed from the draft."), "success")
    return redirect(back)


@blueprint.route("/<uuid:draft_id>/details", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
def details(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Title, description, and how statements are ordered."""
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch, language = opened.sketch, _language(opened.sketch)
        if request.method == "POST":
            take_details(sketch, language)
            if language == sketch.default_language:
                _take_name(opened)
                sketch.order = "random" if request.form.get("order") == "random" else ""
            return _kept(session, opened, "details", language)
        fields = _fields(opened, language, "details")
        return _part_page(
            "frameworks/draft_details.html",
            opened,
            "details",
            fields,
            fields.details(),
            is_new=not opened.row.changes_id,
        )


@blueprint.route("/<uuid:draft_id>/scale", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
def scale(draft_id: uuid.UUID) -> ResponseReturnValue:
    """The rating scale."""
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch, language = opened.sketch, _language(opened.sketch)
        if request.method == "POST":
            take_scale(sketch, language)
            return _kept(session, opened, "scale", language)
        fields = _fields(opened, language, "scale")
        rows, others = fields.scale()
        return _part_page(
            "frameworks/draft_scale.html",
            opened,
            "scale",
            fields,
            [*(row.fields[0] for row in rows), *others],
            rows=rows,
            others=others,
            can_add=len(rows) < MOST_POINTS,
            can_remove=len(rows) > FEWEST_POINTS,
        )


@blueprint.route("/<uuid:draft_id>/competencies/<competency_id>", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
def competency(draft_id: uuid.UUID, competency_id: str) -> ResponseReturnValue:
    """A competency with its statements."""
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch, language = opened.sketch, _language(opened.sketch)
        part = _competency_of(sketch, competency_id)
        place = sketch.competencies.index(part)
        if request.method == "POST":
            take_competency(part, language, translating=language != sketch.default_language)
            return _kept(session, opened, "competency", language, "competencies", place, part.id)
        fields = _fields(opened, language, "competencies", place)
        heads = fields.competency(place)
        rows = fields.statements(place, _blank(len(part.statements), fields))
        shown = [*heads, *(one for row in rows for one in (*row.fields, *row.others))]
        general = [
            one
            for one in opened.looked.looked.advice
            if one.path[:3] in (("competencies", place, "id"), ("competencies", place, "lint_ok"))
        ]
        return _part_page(
            "frameworks/draft_competency.html",
            opened,
            "competency",
            fields,
            shown,
            part=part,
            heads=heads,
            rows=rows,
            general=general,
            can_add=len(part.statements) < MOST_STATEMENTS,
        )


@blueprint.route("/<uuid:draft_id>/questions", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
def questions(draft_id: uuid.UUID) -> ResponseReturnValue:
    """The open questions."""
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch, language = opened.sketch, _language(opened.sketch)
        if request.method == "POST":
            take_questions(sketch, language, translating=language != sketch.default_language)
            return _kept(session, opened, "questions", language, "open_questions")
        fields = _fields(opened, language, "open_questions")
        rows = fields.questions(_blank(len(sketch.questions), fields))
        return _part_page(
            "frameworks/draft_questions.html",
            opened,
            "questions",
            fields,
            [one for row in rows for one in (*row.fields, *row.others)],
            rows=rows,
            groups=STANDARD_GROUPS,
            kinds=ROUND_KINDS,
            can_add=len(sketch.questions) < MOST_QUESTIONS,
        )


@blueprint.route("/<uuid:draft_id>/languages", methods=["GET", "POST"])
@permitted(Resource.FRAMEWORK, Action.CREATE)
def languages(draft_id: uuid.UUID) -> ResponseReturnValue:
    """The languages: which there are, what is not translated, and how to add one."""
    back = url_for("framework_drafts.languages", draft_id=draft_id)
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch = opened.sketch
        if request.method == "POST":
            code, deed = request.form.get("language", ""), request.form.get("deed", "")
            if deed == "first" and code in sketch.languages:
                others = [one for one in sketch.languages if one != code]
                sketch.languages = [code, *others]
            elif not re.fullmatch(LANGUAGE_CODE, code):
                flash(_("Choose a language."), "error")
            elif code in sketch.languages:
                flash(_("This language is there already."), "error")
            elif len(sketch.languages) >= MOST_LANGUAGES:
                most = MOST_LANGUAGES
                flash(_("A framework has at most %(most)s languages.", most=most), "error")
            else:
                sketch.languages.append(code)
            _keep(session, opened)
            return redirect(back)
        return render_template(
            "frameworks/draft_languages.html",
            draft=opened.row,
            sketch=sketch,
            looked=opened.looked,
            missing=_missing(opened),
            offered=_offered_languages(sketch),
        )


@blueprint.post("/<uuid:draft_id>/languages/<code>/remove")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def remove_language(draft_id: uuid.UUID, code: str) -> ResponseReturnValue:
    """Take a language out, with all that is written in it."""
    back = url_for("framework_drafts.languages", draft_id=draft_id)
    with request_session() as session:
        opened = _open(session, draft_id)
        sketch = opened.sketch
        if code not in sketch.languages or len(sketch.languages) < 2:
            abort(404)
        if not is_sure():
            return confirmation_page(
                _("Remove this language?"),
                _(
                    "All that is written in it goes: out of the draft, not out of the versions "
                    "that are saved."
                ),
                _("Remove the language"),
                back,
            )
        sketch.drop_language(code)
        _keep(session, opened)
    flash(_("The language is removed from the draft."), "success")
    return redirect(back)


@blueprint.get("/<uuid:draft_id>/preview")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def preview(draft_id: uuid.UUID) -> ResponseReturnValue:
    """What each rater group would read; a draft with errors leads to them instead."""
    back = url_for("framework_drafts.show", draft_id=draft_id)
    with service().database.reading() as session:
        framework = _open(session, draft_id).looked.looked.framework
    if framework is None:
        flash(_("There is no preview yet: please put right what is listed first."), "error")
        return redirect(back)
    return preview_page(framework, "framework_drafts.preview", {"draft_id": draft_id}, back)


@blueprint.post("/<uuid:draft_id>/save")
@permitted(Resource.FRAMEWORK, Action.CREATE)
@limit_files
def save(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Make a version of the draft that rounds can use; the draft is gone then."""
    back = url_for("framework_drafts.show", draft_id=draft_id)
    with request_session() as session:
        opened = _open(session, draft_id)
        text, looked = opened.row.yaml, opened.looked.looked
        if looked.needs_version:
            text = with_version(text, looked.proposed_version)
        try:
            kept = service().catalogue.store_upload(
                session, current_person(), text.encode(), "framework.yaml", service().today()
            )
        except FrameworkError:
            flash(_("It is not saved yet: please put right what is listed first."), "error")
            return redirect(back)
        except (FrameworkNameTakenError, TooManyFrameworksError) as error:
            flash(in_words(error), "error")
            return redirect(back)
        session.delete(opened.row)
        note_deed(session, Deed.FRAMEWORK_UPLOADED, current_person().id)
    flash(
        _(
            "Version %(version)s of “%(id)s” is saved.",
            version=kept.version,
            id=framework_text(kept, "title"),
        ),
        "success",
    )
    return redirect(url_for("frameworks.show", framework_id=kept.id))


@blueprint.post("/<uuid:draft_id>/delete")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def delete(draft_id: uuid.UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    with request_session() as session:
        row = framework_draft_for(session, draft_id)
        if not is_sure():
            return confirmation_page(
                _("Delete this draft?"),
                _("What is saved of the framework stays as it is."),
                _("Delete the draft"),
                url_for("framework_drafts.show", draft_id=draft_id),
            )
        session.delete(row)
    flash(_("The draft is deleted."), "success")
    return redirect(url_for("frameworks.index"))


def _open(session: Session, draft_id: uuid.UUID) -> Opened:
    row = framework_draft_for(session, draft_id)
    own = own_frameworks(session)
    return Opened(row, look_at_draft(row.yaml, own), own)


def _keep(session: Session, opened: Opened) -> bool:
    """Keep a changed draft, or say why it cannot be."""
    try:
        opened.keep(session)
    except TooManyFrameworksError as error:
        flash(in_words(error), "error")
        return False
    return True


def _kept(
    session: Session,
    opened: Opened,
    page: str,
    language: str,
    part: str = "",
    place: int = -1,
    competency_id: str | None = None,
) -> ResponseReturnValue:
    """Keep what a form of a part sent, and lead on: by the button, and by what is wrong."""
    deed = request.form.get("deed", "save")
    here: dict[str, Any] = {"draft_id": opened.row.id, "language": language}
    if competency_id is not None:
        here["competency_id"] = competency_id
    endpoint = f"framework_drafts.{page}"
    if not _keep(session, opened):
        return redirect(url_for(endpoint, **here))
    if deed == "add":
        return redirect(url_for(endpoint, **here, more=1, _anchor="new"))
    if deed != "save":
        return redirect(url_for(endpoint, **here, _anchor="list"))
    ours = opened.faults(part or page, place)
    if any(one.language in ("", language) for one in ours):
        return redirect(url_for(endpoint, **here, check=1))
    flash(_("Kept in the draft."), "success")
    return redirect(url_for("framework_drafts.show", draft_id=opened.row.id))


def _language(sketch: Sketch) -> str:
    """The language that a form is about: the one in the address, else the default one."""
    asked = request.values.get("language", "")
    return asked if asked in sketch.languages else sketch.default_language


def _fields(opened: Opened, language: str, part: str, place: int = -1) -> Fields:
    checked = "check" in request.args
    faults = opened.faults(part, place) if checked else []
    return Fields(opened.sketch, language, faults, opened.looked.looked.advice)


def _blank(there: int, fields: Fields) -> int:
    """How many empty rows a form shows: one to begin with, and one when asked for."""
    if fields.translating:
        return 0
    return 1 if not there or "more" in request.args else 0


def _part_page(
    template: str,
    opened: Opened,
    endpoint: str,
    fields: Fields,
    shown: list[TextField],
    **more: object,
) -> ResponseReturnValue:
    elsewhere = fields.elsewhere({one.name for one in shown})
    return render_template(
        template,
        draft=opened.row,
        sketch=opened.sketch,
        looked=opened.looked,
        endpoint=f"framework_drafts.{endpoint}",
        language=fields.language,
        translating=fields.translating,
        fields=shown,
        wrong=[one for one in shown if one.errors],
        elsewhere=_places(opened, elsewhere),
        **more,
    )


@dataclass(frozen=True)
class Place:
    """Something to put right: where it is, in words and as an address, and what it is."""

    name: str
    language: str
    what: str
    url: str


def _places(opened: Opened, faults: list[Fault]) -> list[Place]:
    """Where faults are; what is not translated of a part is counted, and leads to its first."""
    placed: list[Place] = []
    missing: dict[tuple[tuple[str, int], str], list[Fault]] = {}
    for fault in faults:
        if fault.what == NOT_TRANSLATED:
            missing.setdefault((part_of(fault.path), fault.language), []).append(fault)
        else:
            name = ", ".join(
                filter(None, (_part_name(opened.sketch, fault.path), field_label(fault.path)))
            )
            url = _address(opened, fault.path, fault.language)
            placed.append(Place(name, fault.language, fault.what, url))
    for (_part, language), ones in missing.items():
        what = ngettext("%(num)s text not translated", "%(num)s texts not translated", len(ones))
        first = ones[0].path
        name = _part_name(opened.sketch, first) or _("Title and description")
        placed.append(Place(name, language, what, _address(opened, first, language)))
    return placed


def _part_name(sketch: Sketch, path: Path) -> str:
    part, place = part_of(path)
    if part == "competencies" and 0 <= place < len(sketch.competencies):
        title = sketch.in_default(sketch.competencies[place].title)
        return title or str(_("Competency without a title"))
    names: dict[str, str] = {
        "competencies": _("Competencies"),
        "scale": _("Rating scale"),
        "open_questions": _("Open questions"),
        "languages": _("Languages"),
    }
    return names.get(part, "")


def _address(opened: Opened, path: Path, language: str) -> str:
    """The address of the field for the text at a path."""
    part, place = part_of(path)
    where: dict[str, Any] = {"draft_id": opened.row.id, "_anchor": field_name(path)}
    if part == "languages" or (part == "competencies" and place < 0):
        page = "languages" if part == "languages" else "show"
        return url_for(f"framework_drafts.{page}", **where)
    where |= {"language": language or None, "check": 1}
    if part == "competencies":
        found = opened.sketch.competencies[place]
        return url_for("framework_drafts.competency", competency_id=found.id, **where)
    page = {"scale": "scale", "open_questions": "questions"}.get(part, "details")
    return url_for(f"framework_drafts.{page}", **where)


def _missing(opened: Opened) -> dict[str, list[tuple[str, str, str]]]:
    """By language, what is written in the default one and not in it.

    Of each the name of its field, the words, and the field's address.
    """
    sketch = opened.looked.sketch
    if sketch is None:
        return {}
    return {
        code: [
            (
                ", ".join(filter(None, (_part_name(sketch, path), field_label(path)))),
                words[sketch.default_language],
                _address(opened, path, code),
            )
            for path, words, _needed in sketch.texts()
            if words.get(sketch.default_language) and not words.get(code)
        ]
        for code in sketch.languages[1:]
    }


def _take_name(opened: Opened) -> None:
    """The id of a framework that is new: as typed, else made of the title; none that is taken."""
    if opened.row.changes_id:
        return
    sketch, asked = opened.sketch, typed("name")[:LONGEST_ID]
    wanted = asked if re.fullmatch(KEBAB_CASE, asked) else slug(asked)
    if not wanted and any(sketch.title.values()):
        wanted = slug(sketch.in_default(sketch.title)) or "framework"
    taken = {*opened.own, *service().catalogue.shipped}
    sketch.id = unlike(wanted, taken) if wanted else ""
    if asked and sketch.id != wanted:
        called = sketch.id
        note = _(
            "There is a framework with this id already: this one is called “%(id)s”.", id=called
        )
        flash(note, "warning")


def _competency_of(sketch: Sketch, competency_id: str) -> SketchCompetency:
    found = sketch.competency(competency_id)
    if found is None:
        abort(404)
    return found


def _offered_languages(sketch: Sketch) -> list[tuple[str, str]]:
    """Languages with their names in the page's language, in the order of the names."""
    names = Locale.parse(current_language()).languages
    found = {code: name for code, name in names.items() if re.fullmatch(r"[a-z]{2}", code)}
    return sorted(
        ((code, name) for code, name in found.items() if code not in sketch.languages),
        key=lambda pair: pair[1].casefold(),
    )


def _first_words() -> dict[str, str]:
    return {
        "1": _("Almost never"),
        "2": _("Seldom"),
        "3": _("Sometimes"),
        "4": _("Often"),
        "5": _("Almost always"),
        "question": _("How often does this happen when there is occasion for it?"),
        "not_observed": _("Not able to say"),
    }
