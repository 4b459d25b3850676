"""News: what one process shares, every process acts on that it concerns."""

import json

import pytest

from ticketing.ops import metrics
from ticketing.web.extensions import socketio
from ticketing.realtime import queue
from ticketing.realtime.news import REACTIONS, Reaction


@pytest.fixture
def acted(monkeypatch):
    """Return the news that were acted on: of users from 6 on; those of a 9 fail."""
    acted = []

    def act(news):
        acted.append(news["user_id"])
        if news["user_id"] == 9:
            raise OSError("no way")

    reaction = Reaction(lambda news: news["user_id"] > 5, act)
    monkeypatch.setitem(REACTIONS, "tested", reaction)
    return acted


@pytest.fixture
def tasks(app, monkeypatch):
    """Return the tasks that were started; none of them is run by itself."""
    tasks = []
    monkeypatch.setattr(
        socketio.server, "start_background_task", lambda *task: tasks.append(task)
    )
    return tasks


@pytest.fixture
def make_queue(app, tasks, monkeypatch):
    """Return the queue of another process, and what it has told."""

    def make_queue():
        made, told = queue.Queue("redis://127.0.0.1:1", app), []
        monkeypatch.setattr(made, "server", socketio.server, raising=False)
        monkeypatch.setattr(
            made._publisher, "publish", lambda _, text: told.append(text.encode())
        )
        return made, told

    return make_queue


def run(tasks):
    while tasks:
        function, *args = tasks.pop()
        function(*args)


def by_another(*messages):
    return b"another " + json.dumps(messages).encode()


def failures():
    return metrics.UNTOLD._value.get()


def test_every_process_acts_on_them_once(make_queue, acted, tasks):
    (sender, told), (other, _) = make_queue(), make_queue()

    sender.share("tested", {"user_id": 7})
    assert acted == [7]

    (news,) = told
    for each in (sender, other):
        assert list(each._understood(news)) == []
    assert acted == [7]  # whoever listens waits for nobody
    run(tasks)
    assert acted == [7, 7]


def test_whom_they_do_not_concern_starts_nothing(make_queue, acted, tasks):
    (sender, told), (other, _) = make_queue(), make_queue()

    sender.share("tested", {"user_id": 1})
    list(other._understood(*told))

    assert tasks == acted == []


def test_the_others_are_told_whatever_happens_here(make_queue, acted):
    sender, told = make_queue()

    with pytest.raises(OSError):
        sender.share("tested", {"user_id": 9})

    assert len(told) == 1


def test_what_fails_elsewhere_is_counted_and_logged(make_queue, acted, tasks, caplog):
    (sender, told), (other, _) = make_queue(), make_queue()
    with pytest.raises(OSError):
        sender.share("tested", {"user_id": 9})
    before = failures()

    list(other._understood(*told))
    run(tasks)

    assert failures() == before + 1
    assert "could not act on what another process told" in caplog.text


def test_what_waits_together_is_told_in_its_order(make_queue):
    (sender, told), (other, _) = make_queue(), make_queue()
    emits = [{"method": "emit", "event": name} for name in ("sync", "typing")]

    sender._try_to_publish([json.dumps(emit) for emit in emits])

    (together,) = told
    assert list(other._understood(together)) == emits
    assert list(sender._understood(together)) == []  # it was done at once


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "of a later version", "news": {"user_id": 7}},
        {"kind": [], "news": {"user_id": 7}},
        {"kind": "tested", "news": []},
        {"kind": "tested"},
        {},
    ],
)
def test_nothing_that_is_told_ends_the_listening(make_queue, acted, tasks, message):
    listening, _ = make_queue()
    before = failures()

    assert list(listening._understood(by_another({"method": "share", **message}))) == []

    assert failures() == before + 1
    assert tasks == acted == []


@pytest.mark.parametrize(
    "told",
    [
        *(b"Hello?", b"", b" ", b"[]", b"x", b"x {}", b'x "emit"', b"x [7]", b"x \xff"),
        *(b"x " + b"[" * 9999, b"\xff []"),
    ],
)
def test_what_is_none_of_ours_is_passed_over(make_queue, told):
    listening, _ = make_queue()

    assert list(listening._understood(told)) == []


def test_all_else_is_for_socket_io(make_queue, acted, tasks):
    listening, _ = make_queue()
    emits = [{"method": "emit", "event": name} for name in ("sync", "typing")]
    news = {"method": "share", "kind": "tested", "news": {"user_id": 7}}

    told = by_another(emits[0], news, emits[1])

    assert list(listening._understood(told)) == emits
    run(tasks)
    assert acted == [7]
