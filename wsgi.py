"""The process entry points: ``python wsgi.py``, and ``wsgi:app`` for a WSGI server.

No other file but those in ``deploy/`` imports eventlet.
"""

import gc
import logging
import os
import socket
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import NoReturn

from dotenv import load_dotenv

# Nothing is garbage until the application is built. To look for it takes a quarter of
# the processor's time that a start takes: 1.05 s instead of 0.77.
gc.disable()
HERE = Path(__file__).resolve().parent
load_dotenv(HERE / ".env")
IS_MAIN = __name__ == "__main__"
IS_COMMAND = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
if IS_MAIN or IS_COMMAND:
    if not os.environ.get("TICKETING_ENV", "").strip():
        os.environ["TICKETING_ENV"] = "development"
if IS_MAIN:
    if os.environ.get("SOCKETIO_ASYNC_MODE", "").strip() in ("", "eventlet"):
        warnings.filterwarnings("ignore", "\nEventlet is deprecated")
        os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # see resolve_in_threads
        import eventlet

        eventlet.monkey_patch()  # before anything else is imported, as gunicorn does
        # By default a second process would share a busy port and get half the requests.
        eventlet.listen = partial(eventlet.listen, reuse_port=False)

from flask import Flask  # noqa: E402

import config  # noqa: E402
from ticketing import create_app  # noqa: E402

# The exit status after which gunicorn does not start the worker again, and that of a
# command after which a mail server keeps the message for later.
CANNOT_BOOT, TRY_AGAIN = 4, 75


def configuration() -> tuple[dict[str, object], list[str]]:
    """Return the configuration, and a sentence for each reason not to start with it."""
    settings, problems = config.examine(os.environ)
    try:
        config.make_directories(settings)
    except config.ConfigError as error:
        problems += str(error).splitlines()
    return settings, problems


def give_up(why: str) -> NoReturn:
    """Print why the process cannot start, and exit."""
    print(why, file=sys.stderr)
    sys.exit(TRY_AGAIN if IS_COMMAND else CANNOT_BOOT)


def build() -> Flask:
    """Return the application, or exit if the configuration forbids to start.

    ``flask doctor`` runs in either case.
    """
    settings, problems = configuration()
    examines = IS_COMMAND and "doctor" in sys.argv
    if problems and not examines:
        give_up("\n".join(problems))
    if not IS_COMMAND:
        app = assemble(settings)
        if not IS_MAIN:  # which migrates first
            start_worker(app)
        return app
    from ticketing.ops import doctor  # which imports gunicorn and alembic

    app = doctor.bare_app(settings) if problems else assemble(settings)
    doctor.init_app(app, settings, problems)
    return app


def assemble(settings: dict[str, object]) -> Flask:
    """Return the application; under eventlet, slow work runs in its thread pool.

    The ``flask`` command runs without eventlet, whatever ``SOCKETIO_ASYNC_MODE`` is.
    """
    migrates = IS_MAIN or IS_COMMAND
    eventlet = sys.modules.get("eventlet")
    if not eventlet or not eventlet.patcher.is_monkey_patched("thread"):
        settings = {**settings, "SOCKETIO_ASYNC_MODE": "threading"}
        return create_app(settings, migrates=migrates)
    from eventlet import tpool

    resolve_in_threads()
    return create_app(settings, tpool.execute, migrates=migrates)


def resolve_in_threads() -> None:
    """Look host names up in eventlet's thread pool, as the system does.

    Eventlet's own resolver ignores nsswitch.conf and takes 12 MB.
    """
    from eventlet import tpool
    from eventlet.green import socket as green
    from eventlet.patcher import original

    look_up = partial(tpool.execute, original("socket").getaddrinfo)
    socket.getaddrinfo = green.getaddrinfo = look_up


def start_worker(app: Flask) -> None:
    """Start the worker of this process, unless workers are processes of their own."""
    if app.config["WORKER"] == "inside":
        app.extensions["ticketing.worker"].start()


def serve() -> None:
    """Migrate the database, fill an empty one in development, and serve."""
    from flask_migrate import upgrade

    from ticketing.core.errors import OUTAGES
    from ticketing.core.public_url import own_address
    from ticketing.web.extensions import socketio

    try:
        with app.app_context():
            upgrade(directory=str(HERE / "migrations"))
            if app.config["TICKETING_ENV"] == "development":
                from ticketing import demo

                demo.create_demo_if_empty()
    except OUTAGES:
        give_up("The database does not answer.")
    start_worker(app)
    # Below this, Werkzeug logs each request with its query, which may have a token.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    host, port = app.config["HOST"], app.config["PORT"]
    with app.app_context():
        address = own_address()
    print(f"Ticketing on {address}, its API documented at {address}/docs", flush=True)
    try:
        socketio.run(app, host=host, port=port, allow_unsafe_werkzeug=True)
    except OSError as error:
        give_up(f"HOST and PORT: cannot listen on {host}:{port}: {error.strerror}.")
    except SystemExit:  # Werkzeug exits by itself, with another status
        give_up(f"HOST and PORT: cannot listen on {host}:{port}.")


app = build()
gc.enable()

if IS_MAIN:
    serve()
