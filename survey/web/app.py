"""Putting the Flask application together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from survey.api.problems import as_problem
from survey.api.registration import register as register_api
from survey.service import Service
from survey.web import (
    account,
    accounts,
    api_tokens,
    brand,
    comments,
    errors,
    framework_studio,
    frameworks,
    goals,
    health,
    home,
    languages,
    mailbox,
    mentees,
    mentoring_feedback,
    milestones,
    my_data,
    page_figures,
    people,
    privacy,
    privacy_notice,
    programme,
    proposals,
    rater,
    reflections,
    reflective_log,
    relationship,
    reports,
    reviews,
    rounds,
    sessions,
    webhooks,
)
from survey.web.compressed_files import compress_file
from survey.web.current import SERVICE_EXTENSION, load_current_person, navigation
from survey.web.headers import add_security_headers
from survey.web.host_names import refuse_foreign_host
from survey.web.incoming import IncomingRequest, refuse_nul_in_address
from survey.web.rate_limits import limiter
from survey.web.session_cookie import SessionCookie
from survey.web.static_versions import add_versions
from survey.web.wording import add_filters

csrf = CSRFProtect()


class SurveyApp(Flask):
    """Flask, with error logs that name the kind of page and never the address.

    The address of a rater's link is the link.
    """

    request_class = IncomingRequest

    def log_exception(self, exc_info: Any) -> None:
        """Log an unexpected error with its traceback under the endpoint's name."""
        self.logger.error("Error in %s", request.endpoint, exc_info=exc_info)


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application for a configuration from `config.load_config()`."""
    app = SurveyApp(__name__, template_folder=str(config["TEMPLATE_FOLDER"]))
    app.config.from_mapping(config)
    app.session_interface = SessionCookie(app)
    app.extensions[SERVICE_EXTENSION] = Service(config)
    if proxies := config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    app.before_request(refuse_foreign_host)
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(refuse_nul_in_address)
    app.before_request(load_current_person)
    app.after_request(add_security_headers)
    app.after_request(compress_file)
    app.context_processor(navigation)
    add_filters(app)
    app.add_template_global(brand.addresses, "brand_addresses")
    add_versions(app)
    languages.register(app)
    errors.register(app, as_problem)
    for module in (
        home,
        accounts,
        account,
        api_tokens,
        webhooks,
        people,
        mentees,
        goals,
        milestones,
        sessions,
        relationship,
        rounds,
        proposals,
        comments,
        frameworks,
        framework_studio,
        reports,
        reflections,
        mentoring_feedback,
        reviews,
        reflective_log,
        programme,
        rater,
        my_data,
        privacy,
        privacy_notice,
        health,
        brand,
    ):
        app.register_blueprint(module.blueprint)
    register_api(app, csrf)
    if config["OIDC_ISSUER"]:
        # Loaded only where it is used: its libraries take memory in every web process.
        from survey.web import openid

        openid.register(app)
    if config["METRICS_BIND"] is not None:
        page_figures.register(app)
    if config["MAILBOX_FOLDER"] is not None:
        app.register_blueprint(mailbox.blueprint)
    return app
