"""The application for a WSGI server: `gunicorn wsgi:app`."""

from config import load_config
from survey.web.app import create_app

app = create_app(load_config())
