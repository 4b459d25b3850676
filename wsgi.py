"""The process entry points: ``python wsgi.py``, and ``wsgi:app`` for a WSGI server.

Eventlet is known here and in ``deploy/``, and nowhere else.
"""

import os
import socket
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import NoReturn

from dotenv import load_dotenv

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
        # By default, a second process would share a busy port, and take half the calls.
        eventlet.listen = partial(eventlet.listen, reuse_port=False)

from flask import Flask  # noqa: E402

import config  # noqa: E402
from ticketing import create_app  # noqa: E402

# The status at which gunicorn gives up rather than start the worker again.
CANNOT_BOOT = 4


def configuration() -> tuple[dict[str, object], list[str]]:
    """Return what the environment says, and all that is wrong with it."""
    settings, problems = config.examine(os.environ)
    try:
        config.make_directories(settings)
    except config.ConfigError as error:
        problems += str(error).splitlines()
    return settings, problems


def give_up(why: str) -> NoReturn:
    """Exit, saying why."""
    print(why, file=sys.stderr)
    sys.exit(CANNOT_BOOT)


def build() -> Flask:
    """Return the application, or exit with what is wrong with its configuration.

    ``flask doctor`` examines the deployment all the same.
    """
    settings, problems = configuration()
    examines = IS_COMMAND and "doctor" in sys.argv
    if problems and not examines:
        give_up("\n".join(problems))
    if not IS_COMMAND:
        return assemble(settings)
    from ticketing.ops import doctor  # with all it looks into, which nobody else needs

    app = doctor.stand_in(settings) if problems else assemble(settings)
    doctor.init_app(app, settings, problems)
    return app


def assemble(settings: dict[str, object]) -> Flask:
    """Return the application; on eventlet's loop, slow work runs in threads beside it.

    The flask command has no loop, whatever serves elsewhere.
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
    """Have names looked up as the system does, in threads beside eventlet's loop.

    What eventlet would do by itself knows no nsswitch, and takes 12 MB.
    """
    from eventlet import tpool
    from eventlet.green import socket as green
    from eventlet.patcher import original

    look_up = partial(tpool.execute, original("socket").getaddrinfo)
    socket.getaddrinfo = green.getaddrinfo = look_up


def serve() -> None:
    """Serve the demo: migrated, with something in it."""
    from flask_migrate import upgrade

    from ticketing import seed
    from ticketing.core.errors import OUTAGES
    from ticketing.web.extensions import socketio

    try:
        with app.app_context():
            upgrade(directory=str(HERE / "migrations"))
            if app.config["TICKETING_ENV"] == "development":
                seed.plant_if_empty()
    except OUTAGES:
        give_up("The database does not answer.")
    host, port = app.config["HOST"], app.config["PORT"]
    print(f"Ticketing on http://{host}:{port}, documented at /docs", flush=True)
    try:
        socketio.run(app, host=host, port=port, allow_unsafe_werkzeug=True)
    except OSError as error:
        give_up(f"HOST and PORT: cannot listen on {host}:{port}: {error.strerror}.")
    except SystemExit:  # Werkzeug exits by itself, with another status
        give_up(f"HOST and PORT: cannot listen on {host}:{port}.")


app = build()

if IS_MAIN:
    serve()
