"""What is done on a ticket reads as many rows on a long one as on a short one."""

from collections import Counter
from itertools import cycle

import pytest
from sqlalchemy import event

from ticketing.core.database import db

STEPS = 10  # of SQLite's virtual machine, which are counted as one
NOISE = 1.1  # times as much: trees are deeper, numbers longer


@pytest.fixture
def rows_read(app):
    """Return how many rows (on SQLite: steps of its machine) a call reads."""
    read = Counter()

    def count_steps(connection, record, proxy):
        connection.set_progress_handler(lambda: read.update(steps=1), STEPS)

    def count_rows(connection, record, proxy=None):
        """Note what was read while the connection was out of the pool."""
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            so_far = sum(int(count) for _, count in cursor)
        read["rows"] += -so_far if proxy else so_far

    def rows_read(call):
        counted = []
        for _ in range(3):  # at times, SQLite merges its index as well
            read.clear()
            assert call().status_code < 300
            counted.append(read.total())
        return min(counted)

    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        listeners = {"checkout": count_steps}
    else:
        listeners = {"checkout": count_rows, "checkin": count_rows}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield rows_read
    for name, listener in listeners.items():
        event.remove(engine, name, listener)
    engine.dispose()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages", {"message": "Unplug it."}),
        ("comments", {"content": "Unplug it."}),
        ("comments", {"content": "It is old.", "internal": True}),
    ],
    ids=["message", "comment", "note"],
)
def test_writing_on_a_long_ticket_reads_as_much_as_on_a_short_one(
    api, admin, ticket, rows_read, path, body
):
    client, url = api(admin), f"/api/tickets/{ticket.id}"

    def write():
        return client.post(f"{url}/{path}", json=body)

    write()
    on_a_short_one = rows_read(write)
    for _ in range(100):
        write()
    on_a_long_one = rows_read(write)

    assert 0 < on_a_long_one <= on_a_short_one * NOISE


def test_changing_a_long_ticket_reads_as_much_as_a_short_one(
    api, admin, ticket, rows_read
):
    client, url = api(admin), f"/api/tickets/{ticket.id}"

    priorities = cycle(["low", "high"])

    def change():
        return client.patch(url, json={"priority": next(priorities)})

    change()
    on_a_short_one = rows_read(change)
    for _ in range(100):
        client.post(f"{url}/messages", json={"message": "Unplug it."})
    on_a_long_one = rows_read(change)

    assert 0 < on_a_long_one <= on_a_short_one * NOISE
