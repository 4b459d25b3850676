"""POST /webhooks/{id}/test"""

import pytest
import standardwebhooks

URL = "/api/webhooks"


@pytest.fixture
def try_out(api, admin):
    """Test a webhook as a user, by default an admin; return the answer."""

    def try_out(webhook, user=admin):
        return api(user).post(f"{URL}/{webhook['id']}/test")

    return try_out


def test_test_is_sent_and_signed(add_webhook, try_out, receiver, admin):
    webhook = add_webhook(events=["message.sent"]).json

    response = try_out(webhook)

    assert response.status_code == 200
    assert response.json == {"delivered": True, "status": 204, "error": None}
    [received] = receiver.received
    verifier = standardwebhooks.Webhook(webhook["secret"])
    content = verifier.verify(received.body, received.headers)
    assert content["type"] == "webhook.test"
    assert content["data"] == {
        "payload": {"id": webhook["id"]},
        "event": {
            "name": "webhook.test",
            "actor_id": admin.id,
            "created_at": content["timestamp"],
        },
    }


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, "BadStatus"), (302, "Redirect"), (410, "Gone")],
)
def test_answer_that_is_no_success_is_told_and_changes_nothing(
    api, admin, add_webhook, try_out, receiver, status, error
):
    webhook = add_webhook().json
    receiver.status = status

    response = try_out(webhook)

    expected = {"delivered": False, "status": status, "error": error}
    assert response.json == expected
    assert api(admin).get(f"{URL}/{webhook['id']}").json["active"] is True


def test_receiver_that_is_not_there_is_told(add_webhook, try_out):
    webhook = add_webhook(url="http://127.0.0.1:1/").json

    expected = {"delivered": False, "status": None, "error": "ConnectionRefusedError"}
    assert try_out(webhook).json == expected


def test_a_test_holds_no_connection_to_the_database(
    add_webhook, try_out, meanwhile, connections
):
    held = []
    webhook = add_webhook().json
    meanwhile(lambda: held.append(connections()))

    try_out(webhook)

    assert held == [0]


def test_inactive_webhook_can_be_tested(add_webhook, try_out):
    webhook = add_webhook(active=False).json

    assert try_out(webhook).json["delivered"] is True


def test_an_admin_may_test_ten_times_a_minute(
    add_webhook, try_out, receiver, colleague
):
    one, other = add_webhook().json, add_webhook().json

    statuses = [try_out(one).status_code for _ in range(9)]
    statuses += [try_out(other).status_code for _ in range(2)]

    assert statuses == [200] * 10 + [429]
    assert len(receiver.received) == 10
    assert try_out(one, colleague).status_code == 200
