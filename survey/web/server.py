"""gunicorn as a module of this package: `python -m survey.web.server`, with gunicorn's arguments.

gunicorn looks for what it serves in the current folder first. Here this package is loaded before,
so that it is this one that is served, whatever lies in the folder that the service is started in.
"""

from __future__ import annotations

from gunicorn.app.wsgiapp import run

if __name__ == "__main__":
    run()
