"""``presence``: admins see who is in a ticket's room; customers see none of it."""

import time

import pytest

from ticketing.accounts.models import Role
from ticketing.realtime import presence as module
from ticketing.realtime.presence import Presence, presence
from ticketing.realtime.remote_presence import RemotePresence

ANOTHER = "another process"


@pytest.fixture(autouse=True)
def _nobody_from_before(settle):
    settle(60)
    settle()


@pytest.fixture
def present(events, settle):
    """Return what a client was notified of, after a round: lists of users."""

    def present(client):
        settle(0.2)
        return [notice["users"] for notice in events(client, "presence")]

    return present


@pytest.fixture
def in_another_process(hear):
    """Have another process notify who is in its rooms: users by ticket."""

    def in_another_process(rooms, name="present.all", process=ANOTHER):
        users = {user.id: user for found in rooms.values() for user in found}
        profiles = [profile(user) for user in users.values()]
        packed = [[ticket.id, [u.id for u in us]] for ticket, us in rooms.items()]
        hear(name, process=process, rooms=packed, users=profiles)

    return in_another_process


def profile(user):
    return {"id": user.id, "name": user.name, "role": user.role.value}


def users(*present, typing=()):
    return [{**profile(user), "typing": user in typing} for user in present]


def do(client, name, ticket, **data):
    return client.emit(name, {"ticket_id": ticket.id, **data}, callback=True)["data"]


def test_admins_who_joined_are_notified_who_comes_and_goes(
    listen, customer, admin, ticket, present
):
    watching = listen(admin)
    assert present(watching) == [users(admin)]

    client = listen(customer)
    assert present(watching) == [users(customer, admin)]

    do(client, "leave", ticket)
    assert present(watching) == [users(admin)]


def test_a_user_who_disconnects_is_no_longer_present(
    listen, customer, admin, ticket, present
):
    watching, client = listen(admin), listen(customer)
    present(watching)

    client.disconnect()

    assert present(watching) == [users(admin)]


def test_an_admin_receives_who_is_there_when_they_join(
    listen, live, customer, admin, colleague, ticket
):
    listen(customer)
    listen(colleague)

    joined = do(live(admin), "join", ticket)

    assert joined["staff"]["users"] == users(customer, admin, colleague)


def test_a_customer_who_joins_is_not_told_who_is_there(live, listen, customer, ticket):
    listen(customer)

    joined = do(live(customer), "join", ticket)

    assert set(joined) == {"ticket_id", "last_seq", "events", "has_more"}


def test_several_sockets_of_a_user_are_one_user(
    listen, customer, admin, ticket, present
):
    watching, first = listen(admin), listen(customer)
    present(watching)

    second = listen(customer)
    assert present(watching) == []
    first.disconnect()
    assert present(watching) == []
    second.disconnect()
    assert present(watching) == [users(admin)]


def test_who_types_is_part_of_presence(listen, customer, admin, ticket, present):
    watching, client = listen(admin), listen(customer)
    present(watching)

    do(client, "typing", ticket, typing=True)
    assert present(watching) == [users(customer, admin, typing=[customer])]
    do(client, "typing", ticket, typing=True)
    assert present(watching) == []
    do(client, "typing", ticket, typing=False)
    assert present(watching) == [users(customer, admin)]


def test_typing_that_is_not_renewed_ends_in_presence(
    listen, customer, admin, ticket, present, settle
):
    watching, client = listen(admin), listen(customer)
    do(client, "typing", ticket, typing=True)
    present(watching)

    settle(6)

    assert present(watching) == [users(customer, admin)]


def test_joins_in_one_moment_are_emitted_together(
    listen, make_user, admin, colleague, ticket, present
):
    watching = listen(admin)
    present(watching)

    for number in range(3):
        listen(make_user(f"Eve{number}", admin.role))
    listen(colleague)

    [found] = present(watching)
    assert len(found) == 5


def test_the_lobby_is_notified_of_admins_only_without_typing(
    live, listen, customer, admin, colleague, ticket, present
):
    lobby, client = live(colleague), listen(customer)
    assert present(lobby) == []

    watching = listen(admin)
    do(client, "typing", ticket, typing=True)

    assert present(lobby) == [[profile(admin)]]
    watching.disconnect()
    present(lobby)


def test_an_admin_who_connects_is_notified_which_admins_are_where(
    live, listen, customer, admin, colleague, make_user, ticket, make_ticket, present
):
    listen(customer)
    listen(admin)
    elsewhere = make_ticket(customer)
    do(live(colleague), "join", elsewhere)
    present(live(admin))

    newcomer = live(make_user("Cleo", Role.ADMIN))

    assert present(newcomer) == [[profile(admin)], [profile(colleague)]]


def test_an_admin_who_connects_is_notified_of_admins_in_another_process(
    live, customer, admin, colleague, ticket, present, in_another_process, settle
):
    in_another_process({ticket: [customer, admin]})
    settle()

    assert present(live(colleague)) == [[profile(admin)]]


def test_a_customer_who_connects_is_not_notified_who_is_where(
    live, listen, customer, admin, ticket, present
):
    present(listen(admin))

    assert present(live(customer)) == []


def test_the_lobby_is_notified_every_two_seconds_and_of_the_last_change_always(
    live, listen, admin, colleague, ticket, present, settle
):
    lobby, watching = live(colleague), listen(admin)
    assert present(lobby) == [[profile(admin)]]

    for name in ("leave", "join", "leave"):
        do(watching, name, ticket)
        assert present(lobby) == []

    settle(1.5)
    assert present(lobby) == [[]]
    settle(5)
    assert present(lobby) == []


def test_admins_who_joined_are_not_notified_as_the_lobby_is(
    listen, admin, colleague, ticket, present
):
    watching = listen(colleague)
    present(watching)

    listen(admin)

    assert present(watching) == [users(admin, colleague)]


def test_a_customer_receives_no_presence_and_no_internal_activity(
    api, live, listen, make_ticket, customer, admin, colleague, ticket, settle
):
    clients = [listen(customer), live(customer)]
    joined = [do(clients[0], "join", ticket, after=0) for _ in range(2)]

    for user in (admin, colleague):
        client = listen(user)
        do(client, "leave", ticket)
        settle(3)
        listen(user)
        settle(3)
    note = {"content": "Arson?", "internal": True}
    api(admin).post(f"/api/tickets/{ticket.id}/comments", json=note)
    settle(6)

    assert [client.get_received() for client in clients] == [[], []]
    assert not any("users" in str(each) or "Ada" in str(each) for each in joined)


def test_a_customer_is_told_only_that_an_admin_types(
    listen, live, customer, admin, ticket, settle
):
    clients, typist = [listen(customer), live(customer)], listen(admin)

    do(typist, "typing", ticket, typing=True)
    settle(60)

    names = [[p["name"] for p in client.get_received()] for client in clients]
    assert names == [["typing", "typing"], []]


def test_nothing_is_emitted_or_kept_where_no_admin_follows(
    listen, customer, settle, monkeypatch
):
    monkeypatch.setattr(type(module.PRESENCE), "emit", None)

    client = listen(customer)
    settle(1)
    client.disconnect()
    settle(10)

    assert presence._emitted == {}
    assert not presence._is_needed()


def test_the_users_of_a_deleted_ticket_are_not_kept(
    api, listen, customer, admin, ticket, settle
):
    clients = [listen(customer), listen(admin)]
    settle(1)

    api(customer).delete(f"/api/tickets/{ticket.id}")
    settle(10)

    assert all(client.is_connected() for client in clients)
    assert (presence._here, presence._emitted) == ({}, {})


# Several processes


def test_changes_are_published_once_for_all_rooms(
    listen, make_ticket, customer, ticket, settle, published
):
    settle()
    second, client = make_ticket(customer), listen(customer)
    published.clear()
    do(client, "join", second)
    listen(customer)

    settle(0.2)
    settle(0.2)

    [(name, data)] = published
    assert name == "present"
    assert sorted(data["rooms"]) == [[t.id, [customer.id]] for t in (ticket, second)]
    assert data["users"] == [profile(customer)]


def test_a_heartbeat_has_everyone_every_five_seconds(
    listen, customer, admin, ticket, settle, published
):
    listen(customer)
    listen(admin)
    settle(5)
    published.clear()

    for _ in range(55):
        settle(0.2)

    assert [name for name, _ in published] == ["present.all"] * 2
    for _, data in published:
        assert data["rooms"] == [[ticket.id, [customer.id, admin.id]]]


def test_who_leaves_is_published(listen, customer, ticket, settle, published):
    client = listen(customer)
    settle(5)
    published.clear()

    client.disconnect()
    settle(0.2)

    [(name, data)] = published
    assert (name, data["rooms"], data["users"]) == ("present", [[ticket.id, []]], [])


@pytest.mark.parametrize("name", ["present", "present.all"])
def test_users_in_another_process_are_present(
    live, listen, customer, admin, colleague, ticket, present, in_another_process, name
):
    watching = listen(admin)
    present(watching)

    in_another_process({ticket: [customer, admin, colleague]}, name)

    everyone = users(customer, admin, colleague)
    assert present(watching) == [everyone]
    assert do(live(admin), "join", ticket)["staff"]["users"] == everyone


def test_the_lobby_is_notified_of_admins_in_another_process(
    live, customer, admin, colleague, ticket, present, in_another_process
):
    lobby = live(colleague)

    in_another_process({ticket: [customer, admin]})

    assert present(lobby) == [[profile(admin)]]


def test_who_types_in_another_process_is_part_of_presence(
    listen, customer, admin, ticket, present, in_another_process, hear
):
    watching = listen(admin)
    in_another_process({ticket: [customer]})
    present(watching)

    for typing in (True, False):
        notice = {"ticket_id": ticket.id, "user": profile(customer), "typing": typing}
        hear("typing", process="another", typing=notice)
        typists = [customer] if typing else []
        assert present(watching) == [users(customer, admin, typing=typists)]


def test_a_user_is_present_until_they_have_left_every_process(
    listen, customer, admin, ticket, present, in_another_process
):
    watching, client = listen(admin), listen(customer)
    in_another_process({ticket: [customer]})
    present(watching)

    client.disconnect()
    assert present(watching) == []
    in_another_process({ticket: []}, "present")
    assert present(watching) == [users(admin)]


def test_a_process_that_died_is_forgotten_within_15_seconds(
    listen, customer, admin, ticket, present, settle, in_another_process
):
    watching = listen(admin)
    in_another_process({ticket: [customer]})
    present(watching)

    settle(10)  # two heartbeats are missing
    assert present(watching) == []
    settle(4)
    assert present(watching) == [users(admin)]


def test_heartbeats_keep_the_users_of_a_process(
    listen, customer, admin, ticket, present, settle, in_another_process
):
    watching = listen(admin)
    in_another_process({ticket: [customer]})
    present(watching)

    for _ in range(6):
        settle(5)
        in_another_process({ticket: [customer]})

    assert present(watching) == []


def test_a_heartbeat_makes_up_for_lost_notifications(
    listen, make_ticket, customer, admin, ticket, present, in_another_process
):
    watching, other = listen(admin), make_ticket(customer)
    in_another_process({ticket: [customer]})
    present(watching)

    in_another_process({other: [customer]})

    assert present(watching) == [users(admin)]


def test_processes_are_told_apart(
    listen, customer, admin, colleague, ticket, present, settle, in_another_process
):
    watching = listen(admin)
    in_another_process({ticket: [customer]}, process="first")
    settle(8)
    in_another_process({ticket: [colleague]}, process="second")
    assert present(watching)[-1] == users(customer, admin, colleague)

    settle(7)

    assert present(watching) == [users(admin, colleague)]


def test_a_process_that_starts_late_knows_everyone_after_a_heartbeat(
    listen, customer, admin, ticket, settle, published
):
    listen(customer)
    settle(60)
    late = Presence()

    [(name, data), *_] = reversed(published)
    late._elsewhere.replace(ANOTHER, module.unpack(data["rooms"], data["users"]))

    assert name == "present.all"
    assert late._elsewhere.users(ticket.id) == {customer.id: profile(customer)}


def test_a_process_that_was_not_known_is_sent_a_heartbeat_at_once(
    listen, customer, settle, published, in_another_process
):
    listen(customer)
    settle(5)
    published.clear()

    for process in ("new", "new", "newer"):
        in_another_process({}, process=process)
        settle(0.2)

    assert [name for name, _ in published] == ["present.all"] * 2


def test_a_process_without_sockets_forgets_those_that_died(clock):
    remote = RemotePresence()
    for number in range(100):
        remote.replace(f"process {number}", {7: {1: {"id": 1}}})
        clock.sleep(5)

    assert len(remote._rooms) == len(remote._notified_at) == 3


@pytest.mark.parametrize(
    "data",
    [
        {"rooms": [[7, [1]]], "users": []},
        {"rooms": [7], "users": []},
        {"rooms": [], "users": [{"id": 1, "name": "Eve", "role": "root"}]},
        {"users": []},
    ],
)
def test_a_notification_of_another_version_changes_nothing(
    listen, admin, ticket, present, hear, caplog, data
):
    watching = listen(admin)
    present(watching)

    hear("present.all", process=ANOTHER, **data)

    assert present(watching) == []
    assert "could not handle a notification" in caplog.text


@pytest.mark.slow
def test_presence_is_emitted_in_the_background(
    listen, customer, admin, ticket, events, monkeypatch
):
    monkeypatch.undo()  # the clock, and the background tasks
    watching, deadline = listen(admin), time.monotonic() + 5

    listen(customer)

    found: list = []
    while users(customer, admin) not in found:
        assert time.monotonic() < deadline
        found += [notice["users"] for notice in events(watching, "presence")]
