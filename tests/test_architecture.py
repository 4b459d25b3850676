"""Check which module may import which, and that rights are decided in one place."""

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "ticketing"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each imports only those before it; all of them stand on the kernel.
PARTS = ["jobs", "accounts", "categories", "tickets", "ratings", "files", "history"]
PARTS += ["comments", "chat", "search", "tags", "service_levels", "rules", "views"]
PARTS += ["bulk", "canned_responses", "reports", "webhooks", "inbound_mail", "mail"]
PARTS += ["people", "realtime", "pusher", "audit", "site", "console", "moving"]
PARTS += ["languages"]
KERNEL = ["core", "web", "ops"]

RESOURCES = [path for path in MODULES if path.parent.name not in KERNEL]

# What each kind of module may import of ours, besides the kernel.
RULES = {
    "models": {"models", "addresses"},
    "addresses": set(),
    "schemas": {
        *("models", "schemas", "passwords", "addresses", "periods", "placeholders"),
        *("mime", "clocks", "explanations", "hours", "terms"),
    },
    "words": set(),
    "terms": {"words"},
    "events": {"events", "models"},
    "policy": {"models"},
    "passwords": set(),
    "slugs": set(),
    "demo_accounts": {"models"},
    "local_time": set(),
    "opening": {"local_time"},
    "clocks": {"opening"},
    "measures": {"clocks", "opening"},
    "stored_clocks": {"clocks", "local_time"},
    "explanations": {"clocks", "local_time", "measures", "opening"},
    "hours": {"opening"},
    "versions": {"models", "clocks", "opening"},
    "calendars": {"models", "schemas", "events", "policy", "versions"},
    "policies": {"models", "schemas", "events", "policy", "changes", "versions"},
    "choosing": {"models", "versions"},
    "candidates": {"models", "choosing"},
    "moments": {"models", "clocks", "service"},
    "counting": {"models", "clocks", "measures", "stored_clocks", "versions"},
    "levels": {"models", "clocks", "counting", "stored_clocks", "versions"},
    "alarms": {
        *{"models", "events", "access", "choosing", "clocks"},
        *{"counting", "levels", "measures"},
    },
    "recounting": {
        *{"models", "events", "access", "alarms", "candidates", "choosing", "clocks"},
        *{"counting", "levels", "moments", "versions"},
    },
    "targets": {"models", "schemas"},
    "built_in": set(),
    "placeholders": set(),
    "kinds": {"models"},
    "thumbnail": set(),
    "drawing": {"kinds", "thumbnail"},
    "images": {"models", "service", "drawing"},
    "pruning": {"models", "service"},
    "leasing": {"models", "kinds", "service"},
    "polls": set(),
    "worker": {"models", "events", "kinds", "leasing", "polls", "service"},
    "watching": {"models", "kinds", "leasing"},
    "content_types": set(),
    "tokens": {"models", "events"},
    "links": {"models"},
    "credentials": {"models", "events", "links"},
    "recovery": {
        *{"models", "events", "passwords", "kinds"},
        *{"tokens", "links", "credentials", "service"},
    },
    "confirmation": {"models", "links", "credentials", "service"},
    "invitations": {"models", "events", "policy", "links", "service"},
    "closing": {"models", "events", "policy", "passwords", "tokens", "service"},
    "payloads": {"models", "changes"},
    "writings": {"models", "access", "changes", "service"},
    "export": {
        *{"models", "schemas", "policy", "queries", "preferences"},
        "service",
    },
    "attachments": {"models", "content_types"},
    "access": {"models", "policy"},
    "queries": {
        *{"clocks", "counting", "explanations", "levels"},
        *{"moments", "opening", "targets", "versions"},
        *{"models", "policy", "schemas", "access", "conversation"},
        *{"queries", "terms", "words"},
    },
    "changes": {"models", "schemas", "events", "policy", "service", "attachments"},
    "conversation": {"models", "schemas"},
    "replies": {"models", "policy", "access", "changes", "conversation"},
    "unread": {"models", "events", "policy"},
    "service": {
        "models",
        "schemas",
        "events",
        "policy",
        "service",
        "access",
        "queries",
        "unread",
        "attachments",
        "changes",
        "replies",
        "addresses",
        "passwords",
        "slugs",
        *("tokens", "links", "credentials"),
        "content_types",
        *("facts", "figures", "periods"),
        "demo_accounts",
        "built_in",
        "placeholders",
        *("kinds", "messages", "transport", "mime", "reply_addresses", "failing"),
        *("alarms", "candidates", "clocks", "counting", "levels", "moments"),
        *("recounting", "conditions", "decisions", "rounds", "staff"),
        *("images", "histories", "writings", "words"),
    },
    "names": {"addresses"},
    "failing": {"models", "events", "service"},
    "transport": {"addresses", "names"},
    "messages": {
        *{"models", "kinds", "letters", "tokens"},
        *{"addresses", "transport", "reply_addresses"},
    },
    "deliveries": {"models", "schemas", "service"},
    "mime": {"html_texts", "reply_texts"},
    "html_texts": set(),
    "reply_texts": set(),
    "reply_addresses": set(),
    "listeners": {
        *{"models", "events", "service", "access", "deliveries"},
        *{"queries", "replies", "unread", "recovery", "policies", "choosing"},
        *{"rounds", "staff", "images", "jobs"},
    },
    "sessions": {
        *{"models", "events", "policy", "passwords", "tokens", "credentials"},
        "service",
    },
    "routes": {
        *{"models", "schemas", "policy", "addresses", "periods", "spreadsheet"},
        *{"protocol", "rooms"},
        *{"service", "access", "queries", "unread", "sessions", "page", "texts"},
        *{"recovery", "confirmation", "invitations", "deliveries", "mime"},
        *{"preferences", "calendars", "policies", "images", "closing", "export"},
    },
    "page": {"models", "messages"},
    "periods": set(),
    "facts": {"models", "opening"},
    "figures": {"models", "queries"},
    "spreadsheet": {"schemas"},
    "verification": {
        *{"models", "facts", "opening", "queries", "recounting", "versions"},
    },
    "chart": set(),
    "rooms": {"models", "policy"},
    "connections": {"models"},
    "cluster": set(),
    "dispatcher": {"models", "service", "rooms"},
    "document": set(),
    "websockets": set(),
    "engineio_patches": {"websockets"},
    "socketio_patches": {"websockets"},
    "periodic_task": set(),
    "limits": {"connections"},
    "throttle": set(),
    "typists": set(),
    "remote_presence": {"models"},
    "activity": {"models", "rooms", "dispatcher", "throttle", "periodic_task"},
    "presence": {
        *{"models", "schemas", "policy", "rooms", "connections", "cluster"},
        *{"remote_presence", "throttle", "typists", "periodic_task"},
    },
    "typing_notices": {
        *{"models", "schemas", "rooms", "connections", "cluster"},
        *{"presence", "typists", "periodic_task"},
    },
    "periodic_check": {
        *{"models", "service", "tokens", "rooms"},
        *{"connections", "dispatcher", "presence", "periodic_task"},
    },
    "broadcast": {
        *{"models", "events", "schemas", "unread", "rooms"},
        *{"connections", "cluster", "dispatcher"},
        *{"activity", "presence", "typing_notices"},
    },
    "handlers": {
        *{"models", "schemas", "service", "access", "rooms", "connections", "limits"},
        *{"cluster", "dispatcher", "periodic_check"},
        *{"presence", "typing_notices"},
    },
    "protocol": set(),
    "socket": {
        *{"rooms", "limits", "protocol"},
        *{"engineio_patches", "socketio_patches", "websockets"},
    },
    "server": {"engineio_patches", "socketio_patches", "websockets"},
    "texts": set(),
    "extraction": set(),
    "transports": {"kinds", "messages", "names"},
    "letters": {"models"},
    "previews": {"models", "letters", "messages"},
    "delivery": {
        *{"models", "kinds", "policy", "service", "access", "queries"},
        *{"addresses", "letters", "links", "messages", "transports", "failing"},
    },
    "preferences": {"models", "queries", "tokens"},
    "jobs": {"models", "kinds", "service", "delivery", "rounds", "images"},
    "conditions": {"models", "clocks", "terms", "words"},
    "staff": {"models", "policy"},
    "decisions": {"models", "conditions", "staff"},
    "rounds": {
        *{"models", "events", "kinds", "service", "access", "changes"},
        *{"conditions", "decisions", "staff", "clocks"},
    },
    "silences": {"models", "service", "rounds"},
    "databases": set(),
    "rows": set(),
    "copying": {"databases", "rows"},
    "findings": set(),
    "laravel": {"databases", "findings"},
    "uploads": {"attachments", "content_types"},
    "people": {
        *{"models", "schemas", "addresses", "passwords", "slugs"},
        *{"findings", "laravel"},
    },
    "conversations": {"models", "counting", "findings", "laravel"},
    "histories": {
        *{"models", "schemas", "access", "service", "facts", "opening", "payloads"},
    },
    "importing": {
        *{"models", "policy", "service", "databases", "laravel", "findings"},
        *{"people", "conversations", "histories", "uploads"},
    },
}
USE_CASES = (
    *("service", "access", "queries", "changes", "replies", "unread", "sessions"),
    *("attachments", "listeners", "conversation", "links", "credentials"),
    *("recovery", "confirmation", "invitations", "deliveries", "delivery"),
    *("preferences", "failing", "closing", "payloads", "histories", "writings"),
    "export",
    *("versions", "calendars", "policies"),
    *("conditions", "decisions", "rounds", "silences", "staff"),
    *("images", "pruning"),
)
TRANSPORT = {"flask", "flask_socketio", "flask_jwt_extended", "werkzeug"}


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


@cache
def nodes(path):
    return [*ast.walk(ast.parse(path.read_text()))]


def imports(path):
    """Return the modules that a file imports, wherever it does."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in names if is_module(name)} or {node.module}
    return found


def is_module(name):
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def ours(path):
    """Return what a file imports of the resources."""
    return {
        name
        for name in imports(path)
        if name.startswith("ticketing.") and name.split(".")[1] not in KERNEL
    }


def outermost(path):
    return {name.partition(".")[0] for name in imports(path)}


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.parent.name in KERNEL], ids=name_of
)
def test_the_kernel_knows_no_resource(path):
    assert ours(path) == set()
    assert "ticketing" not in imports(path)


def test_core_stands_on_nothing_of_ours_but_itself():
    imported = {
        name.split(".")[1]
        for path in PACKAGE.glob("core/*.py")
        for name in imports(path)
        if name.startswith("ticketing.")
    }

    assert imported == {"core"}


@pytest.mark.parametrize(
    "module", ["database", "hot", "pages", "cursors", "idempotency"]
)
def test_core_reads_and_writes_without_knowing_http(module):
    assert not outermost(PACKAGE / "core" / f"{module}.py") & {
        *TRANSPORT - {"flask"},
        *("marshmallow", "webargs", "flask_smorest"),
    }


@pytest.mark.parametrize("role", RULES)
def test_each_role_imports_only_what_it_may(role):
    paths = [path for path in RESOURCES if path.stem == role]

    imported = {name.rpartition(".")[2] for path in paths for name in ours(path)}
    assert paths
    assert imported <= RULES[role]


def test_every_module_has_a_role():
    free = {"__init__", "__main__", "cli", "seed", "demo"}

    roles = {path.stem for path in RESOURCES}

    assert roles - free == set(RULES)


@pytest.mark.parametrize("part", PARTS)
def test_parts_import_downwards(part):
    below = set(PARTS[: PARTS.index(part) + 1]) | {"policy"}

    imported = {
        name.split(".")[1]
        for path in PACKAGE.glob(f"{part}/*.py")
        for name in ours(path)
    }

    assert part in imported
    assert imported <= below


def test_every_directory_is_a_part():
    found = {path.parent.name for path in MODULES if path.parent != PACKAGE}

    assert found == {*KERNEL, *PARTS}


@pytest.mark.parametrize("role", USE_CASES)
def test_use_cases_know_no_transport(role):
    for path in PACKAGE.rglob(f"{role}.py"):
        assert not outermost(path) & TRANSPORT, name_of(path)
        assert not imports(path) & {
            f"ticketing.{kernel}"
            for kernel in (
                *("web.blueprint", "web.sockets", "web.extensions", "web.middleware"),
                *("web.admission", "core.auth"),
            )
        }, name_of(path)


@pytest.mark.parametrize("role", ["models", "events", "policy", "slugs", "passwords"])
def test_what_is_pure_knows_no_transport_either(role):
    for path in PACKAGE.rglob(f"{role}.py"):
        assert not outermost(path) & TRANSPORT, name_of(path)


def test_nothing_knows_eventlet():
    knowing = {name_of(path) for path in MODULES if "eventlet" in outermost(path)}

    assert knowing == set()


def test_only_the_kernel_commits():
    committing = {
        name_of(path)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr == "commit"
        and path.parent.name != "core"
    }

    assert committing == set()


def test_only_what_is_declared_is_emitted():
    emitting = {
        name_of(path) for path in MODULES if "socketio.emit(" in path.read_text()
    }

    # The dispatcher emits what the log has; without a declaration, nothing gets there.
    assert emitting == {"web/sockets.py", "realtime/dispatcher.py"}


def test_routes_know_the_policy_for_its_guards_alone():
    used = {
        node.attr
        for path in PACKAGE.rglob("routes.py")
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "policy"
    }

    assert used
    assert all(name.startswith("require_") for name in used)


def compared(path):
    """Return what stands on either side of each comparison in a file, as text."""
    for node in nodes(path):
        if isinstance(node, ast.Compare):
            yield [ast.unparse(side) for side in (node.left, *node.comparators)]


def test_rights_by_role_are_decided_in_one_place():
    deciding = {
        name_of(path)
        for path in MODULES
        if any("Role." in side for sides in compared(path) for side in sides)
        or ".is_admin" in path.read_text()
    }

    assert deciding == {"policy.py", "accounts/models.py"}


def test_rights_by_ownership_are_decided_in_one_place():
    deciding = {
        name_of(path)
        for path in MODULES
        for sides in compared(path)
        if any(side.endswith((".user_id", ".owner_id")) for side in sides)
        and any(side.startswith("actor") for side in sides)
    }

    assert deciding == {"policy.py"}


def test_views_that_need_no_token_say_so():
    public = {
        name_of(path)
        for path in MODULES
        for node in nodes(path)
        if isinstance(node, ast.keyword) and node.arg == "public"
    }

    assert public <= {"web/blueprint.py", "ops/health.py"} | {
        "accounts/routes.py",
        "site/routes.py",
    }
