"""Starting the web server from the command line, alone or with the mail worker beside it."""

from __future__ import annotations

import os
import sys

import click

from survey.commands.side_by_side import run_side_by_side
from survey.places import INSTALLED, TOP
from survey.settings import load_config

# -P: what lies in the current folder is no part of an installed service. A checkout lies there.
_PYTHON = (sys.executable, *(("-P",) if INSTALLED else ()), "-m")
_WEB_SERVER = (
    *_PYTHON,
    "survey.web.server",
    "--config",
    str(TOP / "gunicorn.conf.py"),
    "survey.web.wsgi:app",
)
_WORKER = (*_PYTHON, "survey", "worker")


@click.command("serve")
@click.option("--with-worker", is_flag=True, help="Start the mail worker, too.")
def serve_command(with_worker: bool) -> None:
    """Start the web server, until stopped.

    It listens where BIND says, http://127.0.0.1:8000 if nothing is set. Letters are sent and rounds
    closed by the worker: start it by `worker`, or here by --with-worker. If one of the two ends, so
    does the other; SIGINT, SIGTERM and SIGHUP end both.
    """
    # What is wrong with the settings is said once, before there are processes to say it.
    load_config()
    if not with_worker:
        # In the place of this process: whoever watches over it watches over the server itself.
        os.execv(sys.executable, _WEB_SERVER)  # noqa: S606 - a module of our own
    sys.exit(run_side_by_side([_WEB_SERVER, _WORKER]))
