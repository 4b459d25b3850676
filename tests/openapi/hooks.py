"""Hooks of schemathesis: what the document of the service cannot say.

Its own process loads them; the environment names the service and the role to call as.
"""

import itertools
import os
import secrets
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st

URL, ROLE = os.environ["URL"], os.environ["ROLE"]
ROOT = {"Authorization": f"Bearer {os.environ['ROOT_TOKEN']}"}
CATEGORY, ADMIN = int(os.environ["CATEGORY"]), int(os.environ["ADMIN"])
TIME_ZONE = "Asia/Kathmandu"  # JSON Schema has no list of them
PASSWORD = "correct horse battery"
# These leave their caller without a token, or with another account.
PARTING = {"accounts.logout", "accounts.refresh", "accounts.edit_me"}
PARTING |= {"accounts.delete_me"}
# A few calls of it in an hour are answered to one account.
PARTING |= {"accounts.request_confirmation"}

numbers = itertools.count()
callers: set[int] = {1, ADMIN}
KEPT = {
    "accounts.edit": ("user_id", callers),
    "accounts.delete": ("user_id", callers),
    "categories.delete": ("category_id", {CATEGORY}),
}


def register() -> dict[str, Any]:
    """Return the session of someone new."""
    body = {
        "name": "Carla",
        "email": f"{secrets.token_hex(8)}@example.org",
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "role": ROLE,
    }
    response = requests.post(f"{URL}/api/register", json=body, headers=ROOT, timeout=30)
    session = response.json()
    callers.add(session["user"]["id"])
    return session


def invitation() -> str:
    """Return the token with which someone new can set a password."""
    body = {"name": "Ina", "email": f"{secrets.token_hex(8)}@example.org"}
    body["role"] = "customer"
    response = requests.post(f"{URL}/api/users", json=body, headers=ROOT, timeout=30)
    return response.json()["invitation_url"].partition("#")[2]


# As text: a body with bytes counts as invalid as soon as anything of it is replaced.
FILES = st.sampled_from(["It burns.", "Ünïcode", "name,number\nprinter,1\n"])
schemathesis.openapi.format("binary", FILES)
KNOWN = register()["user"]["email"]


@schemathesis.auth(refresh_interval=None)
class Caller:
    """One of the role under test; for what would end their session, someone new."""

    def __init__(self) -> None:
        self.token = register()["token"]

    def get(self, case: Any, context: Any) -> str:
        """Return the token for a case."""
        parting = case.operation.definition.raw["operationId"] in PARTING
        return register()["token"] if parting else self.token

    def set(self, case: Any, token: str, context: Any) -> None:
        """Let the case present the token."""
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Make valid what only the database, or two fields together, can make invalid."""
    name = case.operation.definition.raw["operationId"]
    keep(name, case.path_parameters or {})
    trim(case.query or {}, "")
    if isinstance(case.body, dict):
        trim(case.body, None)
    if case.meta and case.meta.generation.mode.is_positive:
        if isinstance(case.body, dict):
            complete(name, case.body)
        if case.query:
            case.query.pop("cursor", None)  # opaque: of this list, and of this order
            if "after" in case.query:
                case.query.pop("before", None)
            if "q" in case.query:
                case.query.pop("sort", None)
            # JSON Schema knows no last date.
            valid = dict.fromkeys(("from", "to"), "2026-03-01")
            valid["time_zone"] = TIME_ZONE
            case.query |= {n: v for n, v in valid.items() if n in case.query}


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Let a ticket that was created (ST302: is it there?) be without a file.

    A file that was created may be without a preview.
    """
    name = case.operation.definition.raw["operationId"]
    may_be_without = ("tickets.download", "files.preview", "files.preview_attachment")
    return name not in may_be_without or failure.code != "ST302"


def trim(fields: dict[str, Any], blank: str | None) -> None:
    """Take off the white space, as the service does before it measures a text.

    :param blank: what is as good as white space alone; ``None`` leaves it as it is.
    """
    for name, value in fields.items():
        if isinstance(value, str):
            fields[name] = value.strip() or (value if blank is None else blank)


def keep(name: str, path: dict[str, Any]) -> None:
    """Aim what would take from the test what it stands on at nothing."""
    parameter, kept = KEPT.get(name, ("", set()))
    if str(path.get(parameter)) in {str(number) for number in kept}:
        path[parameter] = 10**17


def complete(name: str, body: dict[str, Any]) -> None:
    """Make the body of a call one that can succeed."""
    number = next(numbers)
    valid = {
        "category_id": CATEGORY,
        "assigned_to": ADMIN,
        "if_last_seq": None,
        "client_id": None,  # or it contradicts the Idempotency-Key
        "current_password": PASSWORD,
        "password": PASSWORD,
        "password_confirmation": PASSWORD,
        "email": f"{ROLE}.{number}.{secrets.token_hex(4)}@example.org",
    }
    body |= {field: value for field, value in valid.items() if body.get(field)}
    if body.get("time_zone") is not None:
        body["time_zone"] = TIME_ZONE
    if name == "accounts.edit_me" and {"email", "password"} & set(body):
        body["current_password"] = PASSWORD
    if name == "accounts.edit_me" and "password" in body:
        body["password_confirmation"] = PASSWORD
    if name == "accounts.edit_me" and "password_confirmation" in body:
        body["password"] = body["current_password"] = PASSWORD
    if name == "accounts.reset" and "token" in body:
        body["token"] = invitation()
    if name == "accounts.login":
        body["email"] = KNOWN
    if name == "comments.add" and body.get("internal"):
        body.pop("if_last_seq", None)  # notes are not guarded
    if ROLE == "customer" and number % 2:
        body.pop("status", None)  # for admins: at times refused, but not always
        body.pop("assigned_to", None)
    if name.startswith("categories") and "name" in body:
        body["name"] = f"{number} {body['name']}"[:255]
    if name.startswith("views") and "query" in body:
        body["query"] = {"status": "open"}
    if name.startswith("webhooks"):
        # Nothing listens there; JSON Schema knows neither URLs nor names of events.
        valid = {"url": "http://127.0.0.1:1/", "events": ["*"]}
        body |= {field: value for field, value in valid.items() if field in body}
    if name.startswith("service_levels"):
        # JSON Schema does not know the order of intervals.
        valid = {"hours": {"mon": [["09:00", "24:00"]]}, "holidays": ["2026-12-25"]}
        valid |= {"category_id": [CATEGORY], "priority": ["high"], "calendar_id": None}
        body |= {field: value for field, value in valid.items() if body.get(field)}
    if name.startswith("rules"):
        # Which conditions fit what a rule is tried on, JSON Schema cannot say.
        valid = {"on": "ticket.opened", "conditions": {"assigned": False}}
        valid["actions"] = {"priority": "raise"}
        body |= {field: value for field, value in valid.items() if field in body}
        body.pop("target", None)
    if name in ("chat.send", "comments.add"):
        # Files have to be one's own; without any, the text is required.
        body.pop("file_ids", None)
        text = "message" if name == "chat.send" else "content"
        body[text] = body.get(text) or "Hm."
    if name == "bulk.edit":
        body["changes"] = {"priority": "high"}
    if name.startswith("canned_responses"):
        body |= {"shortcut": f"{number}"} if "shortcut" in body else {}
