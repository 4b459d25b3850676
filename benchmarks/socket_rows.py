"""Rows that are measured over Socket.IO."""

from contextlib import ExitStack
from itertools import cycle, islice

from benchmarks.load import Sockets
from benchmarks.results import Plan, Result, row
from benchmarks.sides import Database, Process, Stage

CLIENTS = 200  # in one room
ROOMS = 250  # of two
WARM_UP = 2  # seconds
FIRST = 50  # sockets that are not measured: they allocate what all sockets share


def crowd(database: Database) -> list[tuple[str, int]]:
    """Return the sockets of agents who all follow one ticket."""
    newest = "SELECT MAX(id) FROM tickets WHERE status != 'closed'"
    (ticket_id,) = database.query(newest)
    return [(token, ticket_id) for token in _of_agents(database, CLIENTS)]


def pairs(database: Database) -> list[tuple[str, int]]:
    """Return the sockets of customers and agents, two to a ticket.

    Each customer has one; agents have up to ten, as a user may, and receive in each of
    them the number of messages that wait in all tickets assigned to them.
    """
    newest = (
        "SELECT MAX(id), user_id FROM tickets WHERE status != 'closed' "
        f"GROUP BY user_id ORDER BY MAX(id) DESC LIMIT {ROOMS}"
    )
    found = database.query(newest)
    customers = database.tokens([user_id for _, user_id in found])
    agents = _of_agents(database, len(found))
    rooms = [ticket_id for ticket_id, _ in found]
    return [*zip(customers, rooms, strict=True), *zip(agents, rooms, strict=True)]


def _of_agents(database: Database, sockets: int) -> list[str]:
    """Return a token for each socket; the agents have them in rotation."""
    agents = database.query("SELECT id FROM users WHERE role = 'admin' ORDER BY id")
    return database.tokens(list(islice(cycle(agents), sockets)))


@row("fan-out")
def fan_out(stage: Stage, plan: Plan) -> list[Result]:
    """Measure a message to many clients of one room, who offer to compress."""
    database = stage.database(plan.small)
    with stage.service(database) as service, stage.reference() as node:
        with ExitStack() as stack:
            sides = [_joined(stack, side, crowd(database)) for side in (service, node)]
            found = [
                [side.fan(plan.seconds) for side in sides] for _ in range(plan.rounds)
            ]
    ours, theirs = zip(*found, strict=True)
    name = f"fan-out to {CLIENTS} ÷ Node"
    return [Result(name, "deliveries/s", ours, 0.50, theirs, at_least=True)]


@row("latency")
def latency(stage: Stage, plan: Plan) -> list[Result]:
    """Measure the same room at a thousand deliveries a second."""
    database = stage.database(plan.small)
    rate = 1_000 // CLIENTS
    with stage.service(database) as service, stage.reference() as node:
        with ExitStack() as stack:
            sides = [_joined(stack, side, crowd(database)) for side in (service, node)]
            for side in sides:
                side.pace(WARM_UP, rate)
            found = [
                [side.pace(plan.seconds, rate)["p99"] for side in sides]
                for _ in range(plan.rounds)
            ]
    ours, theirs = zip(*found, strict=True)
    name = f"fan-out to {CLIENTS}, p99 at 1,000 deliveries/s ÷ Node"
    return [Result(name, "ms", ours, 1.5, theirs)]


@row("shown")
def shown(stage: Stage, plan: Plan) -> list[Result]:
    """Measure messages in many rooms of two sockets."""
    database = stage.database(plan.small)
    everyone = pairs(database)
    with stage.service(database) as service, ExitStack() as stack:
        sockets = _joined(stack, service, everyone)
        sockets.pace(WARM_UP, 100)
        found = [sockets.pace(plan.seconds, 100) for _ in range(plan.rounds)]
    p99 = [each["p99"] for each in found]
    name = f"send to shown, p99, {len(everyone)} sockets, 100 messages/s"
    return [Result(name, "ms", p99, 50)]


@row("memory")
def memory(stage: Stage, plan: Plan) -> list[Result]:
    """Measure the memory of an idle process, and of each socket."""
    database = stage.database(plan.small)
    idle, each = [], []
    for _ in range(plan.rounds):
        with stage.service(database) as service, ExitStack() as stack:
            idle.append(service.memory() / 1024**2)
            everyone = pairs(database)
            first, others = everyone[:FIRST], everyone[FIRST:]
            sockets = _joined(stack, service, first)
            before = service.memory()
            sockets.join(others)
            each.append((service.memory() - before) / 1024 / len(others))
    return [
        Result("RSS of an idle process", "MB", idle, 90),
        Result("RSS per connected socket", "KB", each, 75),
    ]


def _joined(stack: ExitStack, side: Process, who: list[tuple[str, int]]) -> Sockets:
    sockets = stack.enter_context(Sockets(side.url))
    sockets.join(who)
    return sockets
