"""What the pages about frameworks share: their blueprints, what is whose, drafts, the preview."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.frameworks.model import ROUND_KINDS, Framework
from survey.frameworks.questionnaire import build_questionnaire
from survey.frameworks.rater_groups import SELF, STANDARD_GROUPS, STANDARD_KEYS
from survey.rounds.duration import minutes_to_answer
from survey.rounds.errors import TooManyFrameworksError
from survey.rounds.framework_drafts import begin_draft
from survey.web.current import current_person, service
from survey.web.languages import in_words

blueprint = Blueprint("frameworks", __name__, url_prefix="/frameworks")
drafts_blueprint = Blueprint("framework_drafts", __name__, url_prefix="/framework-drafts")


def own_frameworks(session: Session) -> dict[str, Framework]:
    """The current person's own frameworks by id: what a draft may take the place of."""
    catalogue = service().catalogue
    found = catalogue.for_mentor(session, current_person())
    return {name: one for name, one in found.items() if name not in catalogue.shipped}


def begun(
    session: Session, text: str, changes_id: str, endpoint: str = "framework_drafts.show"
) -> ResponseReturnValue:
    """Begin a draft, and lead to a page of it."""
    try:
        draft = begin_draft(session, current_person(), text, changes_id, service().today())
    except TooManyFrameworksError as error:
        flash(in_words(error), "error")
        return redirect(url_for("frameworks.index"))
    return redirect(url_for(endpoint, draft_id=draft.id))


def preview_page(
    framework: Framework, endpoint: str, address: dict[str, object], back_url: str
) -> ResponseReturnValue:
    """What each rater group reads, in each language and kind of round, as the address says."""
    groups = {group.key: group for group in STANDARD_GROUPS}
    group = groups.get(request.args.get("group", ""), STANDARD_GROUPS[1])
    kind = request.args.get("round", "")
    kind = kind if kind in ROUND_KINDS else ROUND_KINDS[0]
    form = build_questionnaire(framework, STANDARD_KEYS).form_for(
        group.key, request.args.get("language", framework.default_language), "Robin", kind
    )
    return render_template(
        "frameworks/preview.html",
        framework=framework,
        endpoint=endpoint,
        address=address,
        back_url=back_url,
        group=group,
        groups=STANDARD_GROUPS,
        kind=kind,
        kinds=ROUND_KINDS,
        form=form,
        is_self=group.key == SELF.key,
        threshold=DEFAULT_THRESHOLD,
        minutes=minutes_to_answer(form),
    )


def longest_minutes(framework: Framework) -> int:
    """How long the longest form takes: of all groups and kinds of round."""
    questionnaire = build_questionnaire(framework, STANDARD_KEYS)
    return max(
        minutes_to_answer(questionnaire.form_for(key, framework.default_language, "Robin", kind))
        for key in STANDARD_KEYS
        for kind in ROUND_KINDS
    )
