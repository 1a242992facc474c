"""Making the API part of the application."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

# Each declares its operations when it is imported; the description lists them in this order.
from survey.api import (  # noqa: F401
    description,
    frameworks,
    goals,
    mentees,
    proposals,
    raters,
    reports,
    round_steps,
    rounds,
    sessions,
    webhooks,
    whoami,
)
from survey.api.operations import blueprint
from survey.api.problems import ProblemError, answer_problem


def register(app: Flask, csrf: CSRFProtect) -> None:
    """Add all routes. A request that shows a token needs none against forgery: no browser has it,
    and a browser's session counts for nothing there."""
    csrf.exempt(blueprint)
    app.register_error_handler(ProblemError, answer_problem)
    app.register_blueprint(blueprint)
    app.register_blueprint(description.blueprint)
