"""Rights are lost on one process, while the socket listens on another.

Five seconds later it hears nothing more, whether Redis carries the news or not.
"""

import time

import pytest
from served import JavaScriptClient, open_ticket, register, require_node

SECONDS = 5


class Listener:
    """Someone on one process, in a ticket's room; the client never reconnects."""

    def __init__(self, process, role="customer"):
        self.who = register(process, "Lisa", role)
        owner = self.who if role == "customer" else register(process, "Carla")
        self.ticket = open_ticket(process, owner)
        self.client = JavaScriptClient(process.url, self.who.token, "websocket")
        self.client.wait_for("connect")
        self.client.join(self.ticket)


def log_out(listener, other):
    listener.who.at(other).post("/logout")


def refresh(listener, other):
    listener.who.at(other).post("/refresh")


def change_password(listener, other):
    changed = {"current_password": "correct horse battery"}
    changed["password"] = changed["password_confirmation"] = "incorrect horse battery"
    other.login(listener.who.user["email"]).patch("/me", changed)


def demote(listener, other):
    other.root.patch(f"/users/{listener.who.user['id']}", {"role": "customer"})


def deactivate(listener, other):
    other.root.patch(f"/users/{listener.who.user['id']}", {"active": False})


def delete_ticket(listener, other):
    path = f"/tickets/{listener.ticket['id']}"
    assert other.root.request("DELETE", path).status_code == 204


LOSSES = [
    (log_out, "customer"),
    (refresh, "customer"),
    (change_password, "customer"),
    (demote, "admin"),
    (deactivate, "customer"),
    (deactivate, "admin"),
    (delete_ticket, "customer"),
]


@pytest.mark.parametrize("redis_is", ["there", "stopped"])
def test_socket_hears_nothing_five_seconds_after_losing_its_right(
    deploy, redis, redis_is, tell
):
    require_node()
    with deploy(2, REDIS_URL=redis.url) as (here, there):
        listeners = [Listener(here, role) for _, role in LOSSES]
        witness = Listener(here)
        if redis_is == "stopped":
            redis.stop()

        for (lose, _), listener in zip(LOSSES, listeners, strict=True):
            lose(listener, there)
        time.sleep(SECONDS)
        closed = [listener.client.closed for listener in listeners]
        for listener in listeners:
            listener.client.forget()
        # On both processes; in the lobby and in the rooms, public and of the staff.
        for process in (here, there):
            for listener in (*listeners[:-1], witness):
                process.root.say(listener.ticket, "Hello?")
                note = {"content": "Arson?", "internal": True}
                path = f"/tickets/{listener.ticket['id']}"
                process.root.post(f"{path}/comments", note)
                process.root.patch(path, {"subject": f"On fire at {process.port}"})

        witness.client.hear("ticket.updated")
        time.sleep(1)
        heard = [listener.client.heard_until_closed() for listener in listeners]
        tell(redis=redis_is, losses=len(LOSSES), events_after_5_s=sum(map(len, heard)))
        assert heard == [[]] * len(LOSSES)
        assert closed == [True] * (len(LOSSES) - 1) + [False]
        witness.client.close()
