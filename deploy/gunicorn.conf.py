"""gunicorn -c deploy/gunicorn.conf.py -b 127.0.0.1:8000 wsgi:app

One worker: Socket.IO keeps its connections in the process. To use more cores, run
several of these behind deploy/nginx.conf, with PROCESSES and REDIS_URL set.
"""

import gc
import json
import os
import signal
import socket
import sys
import uuid
import warnings
from logging.config import dictConfig
from pathlib import Path
from types import FrameType
from typing import Any

from dotenv import load_dotenv
from gunicorn import util
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

chdir = str(Path(__file__).resolve().parents[1])
sys.path.insert(0, chdir)
load_dotenv(Path(chdir) / ".env")

from config import ConfigError, from_environ  # noqa: E402  (config is gunicorn's)

try:
    settings = from_environ(os.environ)
except ConfigError as error:
    sys.exit(str(error))

workers = 1
if settings["SOCKETIO_ASYNC_MODE"] == "eventlet":
    worker_class = "eventlet"
    os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # see resolve_in_threads in wsgi.py
    warnings.filterwarnings("ignore", "\nEventlet is deprecated")
    worker_connections = 2000
else:
    worker_class = "gthread"
    threads = 256  # each connected socket keeps one
timeout = 60  # seconds without a sign of life, after which a worker is replaced
graceful_timeout = 5  # seconds to finish, after SIGTERM, with sockets open
JOBS = "ticketing.worker"  # the extension that does jobs
keepalive = 75  # seconds: longer than the proxy in front keeps an idle connection
control_socket_disable = True  # it delays SIGTERM
limit_request_line = 8190  # bytes: the most that gunicorn takes


def post_worker_init(worker: Worker) -> None:
    """Begin no more jobs at SIGTERM; shorten the pauses of garbage collection."""
    if jobs := worker.wsgi.extensions.get(JOBS):  # the floor of benchmarks has none
        exit_gracefully = worker.handle_exit

        def stop(number: int, frame: FrameType | None) -> None:
            jobs.stop()
            exit_gracefully(number, frame)

        signal.signal(signal.SIGTERM, stop)
        signal.siginterrupt(signal.SIGTERM, False)  # as gunicorn does
    gc.collect()
    gc.freeze()  # exempts the loaded application


def worker_exit(server: Arbiter, worker: Worker) -> None:
    """Let jobs end, or leave them to others, if the application was loaded."""
    app = getattr(worker, "wsgi", None)
    if jobs := app and app.extensions.get(JOBS):
        jobs.stop()
        jobs.wait()


def write_error(client: socket.socket, status: int, reason: str, _: str) -> None:
    """Answer a request that is not HTTP as the application answers errors.

    The application never sees it; by default gunicorn sends a page of HTML.
    """
    # Imported in the worker, after eventlet has patched the standard library.
    from ticketing.core.errors import BadRequestError, TicketingError
    from ticketing.web.middleware import SECURITY

    error = BadRequestError() if status < 500 else TicketingError()
    body = json.dumps(error.to_dict())
    headers = {
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": len(body),
        "X-Request-ID": uuid.uuid4().hex,
        **SECURITY,
    }
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    response = f"HTTP/1.1 {status} {reason}\r\n{''.join(lines)}\r\n{body}"
    util.write_nonblock(client, response.encode())


def on_starting(server: Arbiter) -> None:
    """Refuse options of the command line that Socket.IO cannot work with."""
    asked = server.cfg.workers, server.cfg.worker_class_str
    if asked != (workers, worker_class):
        sys.exit(
            f"A process must be {workers} worker of {worker_class}, since it keeps its "
            f"sockets, not {asked[0]} of {asked[1]}; start several processes instead."
        )
    if server.cfg.preload_app:
        sys.exit("The worker must load the application, once it has prepared for it.")


class JSONLogger(Logger):
    """gunicorn's log in the application's format, without anything a client sent."""

    def setup(self, cfg: Config) -> None:
        """Set up logging without an access log, which would contain whole paths."""
        super().setup(cfg)
        dictConfig(settings["LOGGING"])

    def warning(self, msg: str, *args: object, **kwargs: Any) -> None:
        """Log a warning; of an invalid request, which may contain a token, its kind."""
        if msg.startswith("Invalid request"):
            said, _, _ = msg.partition(": ")
            msg = f"{said}: {type(sys.exception()).__name__}"
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:
        """Log an exception without the query of its request."""
        args = tuple(str(arg).partition("?")[0] for arg in args)
        super().exception(msg, *args, **kwargs)


if settings["LOGGING"]:
    logger_class = JSONLogger
util.write_error = write_error
