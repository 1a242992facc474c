"""The organisation's colour and logo for pages, from our own address: nothing foreign is loaded."""

from __future__ import annotations

from flask import Blueprint, Response, abort, url_for

from survey.web.current import service

blueprint = Blueprint("brand", __name__)


@blueprint.get("/brand/colour.css")
def stylesheet() -> Response:
    """The colour's shades, as a style sheet after that of all pages."""
    text = service().brand.stylesheet
    if not text:
        abort(404)
    return Response(text, content_type="text/css; charset=utf-8")


@blueprint.get("/brand/logo")
def logo() -> Response:
    """The logo."""
    found = service().brand.logo
    if found is None:
        abort(404)
    return Response(found.content, content_type=found.media_type)


def addresses() -> dict[str, str]:
    """Where the pages find what there is of it; the addresses change with the content."""
    brand = service().brand
    found = {}
    if brand.colour:
        found["stylesheet"] = url_for("brand.stylesheet", v=brand.stylesheet_version)
    if brand.logo is not None:
        found["logo"] = url_for("brand.logo", v=brand.logo.version)
    return found
