"""Rows that are measured over HTTP."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from os.path import commonprefix
from statistics import median, quantiles
from urllib.request import Request, urlopen

from benchmarks.fill import PASSWORD
from benchmarks.load import CONNECTIONS, Requests, paced
from benchmarks.results import Plan, Result, row
from benchmarks.sides import REDIS_URL, CannotMeasureError, Database, Stage

WARM_UP = 2  # seconds
DEEP = 10_000  # pages
FLAT = 1.25  # times as long on a hundred times as much
SUSPECTS = 6  # queries that are measured again
DIFFERS = re.compile(rb'("(?:id|created_at|updated_at|client_id)":)("[^"]*"|\d+)')

FILTERS = (
    "",
    *("status=open", "status=open,in_progress", "status=closed"),
    *("priority=urgent", "priority=medium,high"),
    "category_id=1",
    *("assigned_to=me", "assigned_to=none", "assigned_to=1"),
    *("waiting_on=customer", "waiting_on=support"),
    "status=open&waiting_on=support&assigned_to=none",
)
SORTS = ("-created_at", "created_at", "-last_activity_at", "-priority", "waiting_since")


def me(database: Database) -> Requests:
    """Show a customer themselves."""
    return Requests("GET", customer(database), "/api/me")


def tickets(database: Database) -> Requests:
    """List the newest tickets, of many authors, to an admin."""
    return Requests("GET", database.tokens([1])[0], "/api/tickets")


def ticket(database: Database) -> Requests:
    """Show a customer their own tickets, in turn."""
    user_id = usual(database, "user_id", 250)
    mine = "SELECT id FROM tickets WHERE user_id = :user ORDER BY id DESC LIMIT 50"
    ids = database.query(mine, user=user_id)
    paths = [f"/api/tickets/{ticket_id}" for ticket_id in ids]
    return Requests("GET", database.tokens([user_id])[0], *paths)


def messages(database: Database) -> Requests:
    """List the last 50 messages of a ticket, which its customer has read before."""
    (user_id, ticket_id), *_ = database.query(
        "SELECT user_id, id FROM tickets WHERE status = 'closed' "
        "AND last_seq BETWEEN 60 AND 120 ORDER BY id DESC LIMIT 1"
    )
    path = f"/api/tickets/{ticket_id}/messages?limit=50"
    return Requests("GET", database.tokens([user_id])[0], path)


def unread_count(database: Database) -> Requests:
    """Count the unread messages of a customer."""
    return Requests("GET", customer(database), "/api/messages/unread-count")


def send(database: Database) -> Requests:
    """Send an agent's messages on many tickets in turn, each of another customer."""
    ids = database.query(
        "SELECT MAX(id) FROM tickets WHERE status != 'closed' "
        "GROUP BY user_id ORDER BY 1 DESC LIMIT 64"
    )
    paths = [f"/api/tickets/{ticket_id}/messages" for ticket_id in ids]
    return Requests("POST", database.tokens([1])[0], *paths)


ENDPOINTS: dict[str, Callable[[Database], Requests]] = {
    "GET /tickets": tickets,
    "GET /tickets/{id}": ticket,
    "GET messages": messages,
    "unread-count": unread_count,
    "GET /me": me,
    "POST message": send,
}


def usual(database: Database, column: str, count: int) -> int:
    """Return the user whose number of tickets is closest to ``count``."""
    found = database.query(
        f"SELECT {column} FROM tickets WHERE {column} IS NOT NULL GROUP BY {column} "
        "ORDER BY ABS(COUNT(*) - :count) LIMIT 1",
        count=count,
    )
    return found[0]


def customer(database: Database) -> str:
    """Return the token of a customer with many tickets, though not all."""
    return database.tokens([usual(database, "user_id", 250)])[0]


# Parts of the floor's requests a second; 0.70 for the other endpoints.
TARGETS = {"POST message": 0.45, "GET /me": 0.65}


def floor_row(endpoint: str) -> Callable[[Stage, Plan], list[Result]]:
    """Return a row: an endpoint's requests/s ÷ the floor's, and its p99 ÷ p50."""

    def measure(stage: Stage, plan: Plan) -> list[Result]:
        database = stage.database(plan.small)
        requests = ENDPOINTS[endpoint](database)
        with stage.service(database) as service, stage.floor(database) as floor:
            _require_same(requests, service.url, floor.url)
            for side in (service, floor):
                requests.load(side.url, WARM_UP)
            ours, theirs = [], []
            for _ in range(plan.rounds):
                ours.append(requests.load(service.url, plan.seconds))
                theirs.append(requests.load(floor.url, plan.seconds))
        target = TARGETS.get(endpoint, 0.70)
        rates = [found["rate"] for found in ours], [found["rate"] for found in theirs]
        slowest = [found["p99"] for found in ours], [found["p50"] for found in ours]
        at_floor = median(found["p99"] / found["p50"] for found in theirs)
        return [
            Result(
                *(f"{endpoint} ÷ floor", "requests/s", rates[0], target, rates[1]),
                at_least=True,
            ),
            Result(
                *(f"{endpoint}, p99 ÷ p50", "ms", slowest[0], 4, slowest[1]),
                note=f"floor {at_floor:.1f}",
            ),
        ]

    return measure


def _require_same(requests: Requests, *urls: str) -> None:
    """Compare the answers of both sides, except for ids and times of new messages.

    :raises CannotMeasureError: they differ.
    """
    ours, floor = (requests.once(url) for url in urls)
    if requests.method == "POST":
        ours, floor = (DIFFERS.sub(rb"\1", body) for body in (ours, floor))
    if ours != floor:
        where = len(commonprefix([ours, floor]))
        excerpts = [body[where : where + 200].decode() for body in (ours, floor)]
        raise CannotMeasureError("the floor's answer differs: {}\n{}".format(*excerpts))


for name, endpoint in zip(
    ("tickets", "ticket", "messages", "unread", "me", "send"), ENDPOINTS, strict=True
):
    row(name)(floor_row(endpoint))


@dataclass(frozen=True)
class Query:
    """A request whose time must not grow with the tables."""

    who: str
    path: str


Found = dict[Query, list[list[float]]]  # of each round: ms on the large, on the small


@row("scale")
def scale(stage: Stage, plan: Plan) -> list[Result]:
    """Measure each filter and sort, on a hundred times the rows; keep the slowest."""
    databases = [stage.database(size) for size in (plan.large, plan.small)]
    lists = [f"/api/tickets?sort={sort}&{f}" for sort, f in product(SORTS, FILTERS)]
    with ExitStack() as stack:
        urls = [stack.enter_context(stage.service(each)).url for each in databases]
        tokens = [_viewers(database) for database in databases]
        results = []
        for what, paths in (
            ("GET /tickets", lists),
            ("unread-count", ["/api/messages/unread-count"]),
        ):
            for who in ("customer", "admin"):
                queries = [Query(who, path) for path in paths]
                results.append(_slowest(what, queries, urls, tokens, plan))
    return results


def _viewers(database: Database) -> dict[str, str]:
    """Return tokens of users who have as many tickets in databases of any size."""
    customer_id = usual(database, "user_id", 250)
    admin_id = usual(database, "assigned_to", 1_000)
    tokens = database.tokens([customer_id, admin_id])
    return dict(zip(("customer", "admin"), tokens, strict=True))


def _slowest(
    what: str,
    queries: list[Query],
    urls: list[str],
    tokens: list[dict[str, str]],
    plan: Plan,
) -> Result:
    """Measure all queries, then the slowest again, so that chance does not decide."""

    def measure(some: list[Query], seconds: float) -> Found:
        found: Found = {query: [] for query in some}
        for _, query in product(range(plan.rounds), some):
            took = [
                median(paced(url, token[query.who], query.path, seconds))
                for url, token in zip(urls, tokens, strict=True)
            ]
            found[query].append(took)
        return found

    first = _ratios(measure(queries, plan.seconds / 20))
    suspects = sorted(queries, key=lambda query: first[query])[-SUSPECTS:]
    found = measure(suspects, plan.seconds / 5)
    ratios = _ratios(found)
    slowest = max(suspects, key=lambda query: ratios[query])
    ours, theirs = zip(*found[slowest], strict=True)
    sort = slowest.path.partition("?")[2]
    name = f"{what} of {slowest.who}, large ÷ small"
    note = f"slowest of {len(queries)}: {sort}" if sort else ""
    return Result(name, "ms", ours, FLAT, theirs, note=note)


def _ratios(found: Found) -> dict[Query, float]:
    return {
        query: median(large / small for large, small in pairs)
        for query, pairs in found.items()
    }


@row("deep")
def deep(stage: Stage, plan: Plan) -> list[Result]:
    """Measure a page far down a list ÷ the first page."""
    database = stage.database(plan.large)
    (token,) = database.tokens([1])
    page = min(DEEP, plan.large.tickets // 25 - 1)
    with stage.service(database) as service:
        path = _walk(service.url, token, page)
        ours, theirs = [], []
        for _ in range(plan.rounds):
            ours.append(median(paced(service.url, token, path, plan.seconds)))
            theirs.append(
                median(paced(service.url, token, "/api/tickets", plan.seconds))
            )
    return [Result(f"page {page:,} ÷ page 1 of GET /tickets", "ms", ours, 1.1, theirs)]


def _walk(url: str, token: str, page: int) -> str:
    """Follow ``next``, by pages of 100, and return the path of a page of 25."""
    cursor = ""
    for limit in [100] * ((page - 1) // 4) + [25] * ((page - 1) % 4):
        path = f"/api/tickets?limit={limit}&cursor={cursor}"
        cursor = json.loads(Requests("GET", token, path).once(url))["next"]
    return f"/api/tickets?cursor={cursor}"


@row("logins")
def logins(stage: Stage, plan: Plan) -> list[Result]:
    """Measure GET /me while passwords are hashed ÷ while none are."""
    database = stage.database(plan.small)
    token = customer(database)
    ours, theirs = [], []
    with stage.service(database) as service:
        for _ in range(plan.rounds):
            with _logging_in(service.url, 3):
                during = paced(service.url, token, "/api/me", plan.seconds, rate=50)
            ours.append(quantiles(during, n=100)[98])
            without = paced(service.url, token, "/api/me", plan.seconds, rate=50)
            theirs.append(quantiles(without, n=100)[98])
    return [Result("GET /me, p99 during 3 logins/s ÷ without", "ms", ours, 2, theirs)]


@contextmanager
def _logging_in(url: str, rate: float) -> Iterator[None]:
    """Log a user in ``rate`` times a second during the block, ignoring failures."""
    ended = threading.Event()
    body = json.dumps({"email": "user7@example.org", "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json"}
    threads: list[threading.Thread] = []

    def log_in() -> None:
        with urlopen(Request(f"{url}/api/login", body, headers), timeout=30):
            pass

    def keep_on() -> None:
        while not ended.wait(1 / rate):
            threads.append(threading.Thread(target=log_in))
            threads[-1].start()

    clock = threading.Thread(target=keep_on)
    clock.start()
    try:
        yield
    finally:
        ended.set()
        clock.join()
        for thread in threads:
            thread.join()


@row("processes")
def processes(stage: Stage, plan: Plan) -> list[Result]:
    """Measure two processes ÷ one."""
    database = stage.database(plan.small)
    requests = send(database)
    several = {"PROCESSES": "2", "REDIS_URL": REDIS_URL}
    ours, theirs = [], []
    with ExitStack() as stack:
        pair = [
            stack.enter_context(stage.service(database, **several)).url for _ in (1, 2)
        ]
        alone = stack.enter_context(stage.service(database)).url
        for url in (*pair, alone):
            requests.load(url, WARM_UP)
        for _ in range(plan.rounds):
            loads = [requests.start(u, plan.seconds, CONNECTIONS // 2) for u in pair]
            ours.append(sum(load.result(plan.seconds)["rate"] for load in loads))
            theirs.append(requests.load(alone, plan.seconds)["rate"])
    name = "POST message, two processes ÷ one"
    return [Result(name, "requests/s", ours, 1.2, theirs, at_least=True)]
