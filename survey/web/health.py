"""Whether the service lives and works, for load balancers and monitoring. Tells nothing else."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from survey.operations.readiness import lacks
from survey.web.current import service

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """This process answers; whatever else may be wrong."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Pages can be served: both databases answer, and the schema is the one of this version."""
    lacking = lacks(service())
    if lacking:
        return jsonify(status="not ready", lacking=list(lacking)), 503
    return jsonify(status="ready")
