"""How gunicorn serves the application. Everything can be changed through the environment."""

import sys

from survey.operations.figures.shared_folder import (
    prepare_shared_folder,
    remove_shared_folder,
)
from survey.settings import (
    ConfigError,
    log_level,
    metrics_bind,
    web_bind,
    web_processes,
    web_threads,
)
from survey.web.log_redaction import RedactingLogger

try:
    bind = web_bind()
    workers = web_processes()
    threads = web_threads()
    loglevel = log_level()
    _figures_bind = metrics_bind()
except ConfigError as error:
    # As in survey/web/wsgi.py: one clear line instead of a traceback.
    sys.stderr.write(f"The service cannot start: {error}\n")
    sys.exit(4)
worker_class = "gthread"
preload_app = False
# Nobody talks to it, and it would lie in the home folder.
control_socket_disable = True
timeout = 60
# No access log: a line per request, with its time, is what could be set beside the order in which
# raters answer. Errors are logged without addresses.
accesslog = None
errorlog = "-"
logger_class = RedactingLogger

if _figures_bind is not None:
    prepare_shared_folder()

    def when_ready(_server):
        """Serve the figures of all processes, from this one that watches over them."""
        from survey.operations.figures.of_pages import serve_page_figures

        serve_page_figures(_figures_bind)

    def child_exit(_server, worker):
        """A process has ended."""
        from survey.operations.figures.of_pages import forget_process

        forget_process(worker.pid)

    def on_exit(_server):
        """The server ends."""
        remove_shared_folder()
