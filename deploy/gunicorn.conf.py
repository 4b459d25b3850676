"""gunicorn -c deploy/gunicorn.conf.py -b 127.0.0.1:8000 wsgi:app

One worker: Socket.IO keeps its connections in the process. To use more cores, run
several of these behind deploy/nginx.conf, with PROCESSES and REDIS_URL set.
"""

import json
import os
import socket
import sys
import uuid
from pathlib import Path

from dotenv import load_dotenv
from gunicorn import util

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
    worker_connections = 2000
else:
    worker_class = "gthread"
    threads = 256  # each connected socket keeps one
timeout = 60  # seconds without a sign of life, after which a worker is replaced
graceful_timeout = 5  # seconds to finish, after SIGTERM, with sockets open
keepalive = 75  # seconds: longer than the proxy in front keeps an idle connection
control_socket_disable = True  # it delays SIGTERM
limit_request_line = 8190  # bytes: the most that gunicorn takes


def write_error(client: socket.socket, status: int, reason: str, _: str) -> None:
    """Answer what is no HTTP, and never reaches the application, as it would."""
    # Now, in the worker, as eventlet has patched it.
    from ticketing.core.errors import BadRequestError, TicketingError
    from ticketing.core.headers import SECURITY

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


util.write_error = write_error  # instead of a page of HTML
