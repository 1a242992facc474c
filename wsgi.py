"""The application for a WSGI server in a checkout: `gunicorn wsgi:app`."""

from survey.web.wsgi import app

__all__ = ["app"]
