"""Notifications between the processes, through a Redis that may be down or frozen."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from chaos.services import Redis

from ticketing.core.transaction import FAILED
from ticketing.history.models import Stream
from ticketing.realtime import cluster
from ticketing.realtime.broadcast import NOTIFICATIONS
from ticketing.realtime.cluster import Cluster
from ticketing.realtime.dispatcher import Dispatcher, Growth
from ticketing.web.extensions import socketio


@pytest.fixture
def server(tmp_path) -> Iterator[Redis]:
    """A Redis of the test's own."""
    server = Redis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def received():
    return []


@pytest.fixture
def process(app, server, received, monkeypatch):
    """Return the cluster of a process, which handles "tested", and has no listener."""
    monkeypatch.setattr(Cluster, "_listen", lambda self: None)

    def handle(number):
        received.append(number)
        if number == 9:
            raise OSError("the database is down")

    def make():
        made.append(Cluster(app, server.url, {"tested": handle}))
        return made[-1]

    made: list[Cluster] = []
    yield make
    for each in made:  # its publisher would retry for ever
        each._try_to_publish = lambda *args: True


@pytest.fixture
def listen_to(server):
    """Handle in the background what reaches a cluster, until Redis ends."""

    def listen(listening):
        try:
            for message in listening._subscription():
                listening.handle(message)
        except redis.RedisError:
            pass

    def start(listening):
        with redis.Redis.from_url(server.url) as asking:
            ((_, before),) = asking.pubsub_numsub(cluster.CHANNEL)
            pool.submit(listen, listening)
            wait_until(lambda: asking.pubsub_numsub(cluster.CHANNEL)[0][1] > before)

    with ThreadPoolExecutor() as pool:
        yield start
        server.stop()


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lost():
    return FAILED._value.get()


def test_every_other_process_handles_a_notification_once(
    app, process, listen_to, received
):
    sender, others = process(), [process(), process()]
    for each in (sender, *others):
        listen_to(each)

    with app.test_request_context():
        for number in (1, 2):
            sender.publish("tested", {"number": number})
    wait_until(lambda: len(received) >= 4)

    time.sleep(0.1)  # the sender's own would come now
    assert sorted(received) == [1, 1, 2, 2]


def test_notifications_arrive_in_order(app, process, listen_to, received):
    sender = process()
    listen_to(process())

    with app.test_request_context():
        for number in range(10, 60):
            sender.publish("tested", {"number": number})

    wait_until(lambda: len(received) == 50)
    assert received == list(range(10, 60))


def test_a_command_has_published_when_it_ends(
    app, process, listen_to, received, monkeypatch
):
    def refuse(*task):
        raise AssertionError("a command starts no task")

    monkeypatch.setattr(socketio, "start_background_task", refuse)
    listen_to(process())
    with app.app_context():
        process().publish("tested", {"number": 1})

    wait_until(lambda: received == [1])


def test_no_request_waits_for_a_frozen_redis(app, server, process):
    sender = process()
    with app.test_request_context():
        server.freeze()
        begun = time.monotonic()
        for _ in range(3):
            sender.publish("tested", {"number": 1})
        took = time.monotonic() - begun
        server.thaw()

    assert took < cluster.REDIS_TIMEOUT_S


def test_the_queue_of_notifications_for_redis_is_bounded(app, process, monkeypatch):
    monkeypatch.setattr(cluster, "QUEUE_SIZE", 2)
    sender, before = process(), lost()
    monkeypatch.setattr(sender, "start", lambda: None)

    with app.test_request_context():
        for number in range(5):
            sender.publish("tested", {"number": number})

    assert (sender._outgoing.qsize(), lost() - before) == (2, 3)


def test_a_connection_to_a_silent_redis_is_closed(server, process, monkeypatch):
    monkeypatch.setattr(cluster, "REDIS_PING_INTERVAL_S", 0.1)
    with ThreadPoolExecutor() as pool:
        listening = pool.submit(next, process()._subscription())
        time.sleep(0.5)
        assert not listening.done()  # it answers pings

        server.freeze()

        with pytest.raises(redis.TimeoutError, match="answers no ping"):
            listening.result(timeout=5)
    server.thaw()


def test_a_failing_notification_handler_is_counted_and_logged(
    process, received, caplog
):
    message = json.dumps({"from": "x", "name": "tested", "data": {"number": 9}})
    before = lost()

    process().handle(message.encode())

    assert (received, lost()) == ([9], before + 1)
    assert "could not handle a notification" in caplog.text


@pytest.mark.parametrize(
    "message",
    [
        *(b"Hello?", b"", b"[]", b"7", b"{}", b"\xff", b"[" * 99_999),
        b'{"from": "x", "name": "of a later version", "data": {}}',
        b'{"from": "x", "name": [], "data": {}}',
        b'{"from": "x", "name": "tested", "data": []}',
        b'{"from": "x", "name": "tested", "data": {"of": "a later version"}}',
        b'{"from": "x", "name": "tested"}',
    ],
)
def test_a_malformed_notification_does_not_end_the_listener(process, received, message):
    before = lost()

    process().handle(message)

    assert (received, lost()) == ([], before + 1)


def test_after_an_outage_of_redis_another_process_emits_everything_in_order(
    app, server, process, listen_to, listen, heard, api, admin, customer, ticket
):
    room, here = listen(customer), app.extensions["ticketing.dispatcher"]

    def grew(stream, **where):
        here.advance(Growth(stream=Stream(stream), **where))

    receiver, sender = process(), process()
    receiver._handlers = {**NOTIFICATIONS, "grew": grew}
    listen_to(receiver)

    def say_elsewhere(times):
        extensions = dict(app.extensions)
        app.extensions["ticketing.dispatcher"] = Dispatcher()
        app.extensions["ticketing.cluster"] = sender
        for _ in range(times):
            body = {"content": "Hm."}
            api(admin).post(f"/api/tickets/{ticket.id}/comments", json=body)
        app.extensions.update(extensions)

    say_elsewhere(2)
    wait_until(lambda: len(room.queue) == 2)
    server.stop()
    say_elsewhere(3)
    server.start()
    listen_to(receiver)
    say_elsewhere(1)
    wait_until(lambda: len(room.queue) >= 6)

    log = api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"]
    assert [entry["seq"] for entry in log] == [1, 2, 3, 4, 5, 6]
    assert heard(room) == log
