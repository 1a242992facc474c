"""How gunicorn serves the application. Everything can be changed through the environment."""

import os

from survey.web.log_redaction import RedactingLogger

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
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
loglevel = os.environ.get("LOG_LEVEL", "info")
