"""What another process has committed reaches the sockets of this one."""

from collections.abc import Callable

import pytest

from ticketing.realtime import broadcast

# What handles an event in the process that has committed it.
HERE = (
    *("_dispatch", "disconnect_tokens", "disconnect_user"),
    *("emit_deletion", "emit_unread"),
)


@pytest.fixture
def elsewhere(published, hear, monkeypatch) -> Callable[..., None]:
    """Call the API as if in another process; this one handles its notifications."""

    def elsewhere(call, *args, **options):
        published.clear()
        with monkeypatch.context() as patch:
            for name in HERE:
                patch.setattr(broadcast, name, lambda *args: None)
            assert call(*args, **options).status_code < 300
        for name, data in published:
            hear(name, **data)

    return elsewhere


def test_a_logout_disconnects_the_sockets_of_the_token_in_other_processes(
    elsewhere, anyone, live, token, customer
):
    given = token(customer)
    own, other = live(customer, with_token=given), live(customer)

    bearer = {"Authorization": f"Bearer {given}"}
    elsewhere(anyone.post, "/api/logout", headers=bearer)

    assert not own.is_connected()
    assert other.is_connected()


@pytest.mark.parametrize("rights", [{"role": "admin"}, {"active": False}])
def test_a_change_of_rights_disconnects_the_user_in_other_processes(
    elsewhere, api, live, admin, customer, stranger, rights
):
    own, other = live(customer), live(stranger)

    elsewhere(api(admin).patch, f"/api/users/{customer.id}", json=rights)

    assert not own.is_connected()
    assert other.is_connected()


def test_a_deletion_reaches_the_lobby_and_the_room_in_other_processes(
    elsewhere, api, live, listen, heard, customer, admin, stranger, ticket
):
    clients = [live(customer), live(admin), listen(admin)]
    other = live(stranger)

    elsewhere(api(admin).delete, f"/api/tickets/{ticket.id}")

    for client in clients:
        assert [entry["name"] for entry in heard(client)] == ["ticket.deleted"]
    assert heard(other) == []


def test_a_message_changes_the_unread_total_in_other_processes(
    elsewhere, api, live, events, customer, admin, ticket
):
    own, other = live(customer), live(admin)

    url = f"/api/tickets/{ticket.id}/messages"
    elsewhere(api(admin).post, url, json={"message": "Unplug it."})

    assert events(own, "unread.changed") == [{"unread_count": 1}]
    assert events(other, "unread.changed") == []


def test_a_message_is_emitted_in_other_processes(
    elsewhere, api, listen, heard, customer, admin, ticket
):
    room = listen(customer)

    url = f"/api/tickets/{ticket.id}/messages"
    elsewhere(api(admin).post, url, json={"message": "Unplug it."})

    [entry] = heard(room)
    assert entry["payload"]["message"] == "Unplug it."
