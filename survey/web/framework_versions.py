"""The versions of a framework: what was saved when, what changed, and the way back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from survey.accounts.policy import Action, Resource
from survey.frameworks.comparison import marked_words
from survey.frameworks.problems import FrameworkError
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import TooManyFrameworksError
from survey.rounds.framework_editing import rise_from, with_version
from survey.rounds.framework_history import counts, version_framework
from survey.storage.models import FrameworkVersion
from survey.web.access import framework_for, framework_version_for, framework_versions_for
from survey.web.current import current_person, permitted, request_session, service
from survey.web.deeds import note_deed
from survey.web.framework_pages import blueprint
from survey.web.languages import in_words


@blueprint.get("/<framework_id>/versions")
@permitted(Resource.FRAMEWORK, Action.READ)
def versions(framework_id: str) -> ResponseReturnValue:
    """What was saved of a framework; two of them beside each other, if the address names two."""
    with service().database.reading() as session:
        framework = framework_for(session, framework_id)
        kept = framework_versions_for(session, framework_id)
        before, after = _asked_for(kept, "before"), _asked_for(kept, "after")
        rise, unreadable = None, False
        if before is not None and after is not None:
            try:
                rise = rise_from(version_framework(before), version_framework(after))
            except FrameworkError:
                unreadable = True
        return render_template(
            "frameworks/versions.html",
            framework=framework,
            versions=[(one, counts(one.changes)) for one in kept],
            before=before,
            after=after,
            rise=rise,
            unreadable=unreadable,
            marked=marked_words,
        )


@blueprint.post("/<framework_id>/versions/<uuid:version_id>/again")
@permitted(Resource.FRAMEWORK, Action.CREATE)
def bring_back(framework_id: str, version_id: uuid.UUID) -> ResponseReturnValue:
    """Save an earlier version once more, as a new one."""
    back = url_for("frameworks.versions", framework_id=framework_id)
    with request_session() as session:
        framework = framework_for(session, framework_id)
        version = framework_version_for(session, framework_id, version_id)
        try:
            wanted = rise_from(framework, version_framework(version)).wanted
            text = with_version(version.yaml, wanted) if wanted else version.yaml
            kept = service().catalogue.store_upload(
                session, current_person(), text.encode(), "framework.yaml", service().today()
            )
        except FrameworkError as error:
            flash(
                _(
                    "This version cannot be saved again as it is: %(problem)s",
                    problem=in_words(error.problems[0].what),
                ),
                "error",
            )
            return redirect(back)
        except TooManyFrameworksError as error:
            flash(in_words(error), "error")
            return redirect(back)
        note_deed(session, Deed.FRAMEWORK_UPLOADED, current_person().id)
        earlier = version.version
    flash(
        _(
            "Version %(version)s is saved, with the content of version %(earlier)s.",
            version=kept.version,
            earlier=earlier,
        ),
        "success",
    )
    return redirect(back)


def _asked_for(kept: Sequence[FrameworkVersion], name: str) -> FrameworkVersion | None:
    """The version that the address names, if it names one."""
    asked = request.args.get(name)
    if not asked:
        return None
    found = next((one for one in kept if str(one.id) == asked), None)
    if found is None:
        abort(404)
    return found
