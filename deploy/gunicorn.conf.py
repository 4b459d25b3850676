"""gunicorn -c deploy/gunicorn.conf.py -b 127.0.0.1:8000 wsgi:app

One worker: Socket.IO keeps its connections in the process. To use more cores, run
several of these behind deploy/nginx.conf, with PROCESSES and REDIS_URL set.
"""

import os
import sys
from pathlib import Path

from dotenv import load_dotenv

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
