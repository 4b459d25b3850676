"""The field available of an account: rules may assign tickets to the admin"""

import pytest

from ticketing.accounts.models import Role

URL = "/api/me"


def test_admins_are_available_by_default(api, admin, colleague):
    client = api(admin)
    before = client.get(URL).json

    response = client.patch(URL, json={"available": False})

    assert response.status_code == 200
    assert (before["available"], response.json["available"]) == (True, False)
    assert response.json["updated_at"] > before["updated_at"]
    listed = api(colleague).get("/api/users?role=admin").json["data"]
    assert [user["available"] for user in listed] == [False, True]
    shown = api(colleague).get(f"/api/users/{admin.id}").json
    assert shown["available"] is False


def test_available_stays_if_it_is_not_sent(api, admin):
    client = api(admin)
    client.patch(URL, json={"available": False})

    client.patch(URL, json={"name": "Ada L."})

    assert client.get(URL).json["available"] is False


@pytest.mark.parametrize("value", [True, False])
def test_customers_may_not_set_available(api, customer, value):
    response = api(customer).patch(URL, json={"available": value, "name": "Karla"})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert api(customer).get(URL).json["name"] == "Carla"


def test_customers_do_not_see_available(api, customer):
    assert "available" not in api(customer).get(URL).json
    assert "available" not in api(customer).patch(URL, json={"name": "K"}).json


@pytest.mark.parametrize("value", [None, "", 1, "false", []])
def test_available_must_be_true_or_false(api, admin, value):
    response = api(admin).patch(URL, json={"available": value})

    assert (response.status_code, set(response.json["errors"])) == (422, {"available"})


def test_available_is_kept_while_an_admin_is_a_customer(api, admin, colleague):
    url = f"/api/users/{colleague.id}"
    api(colleague).patch(URL, json={"available": False})

    api(admin).patch(url, json={"role": Role.CUSTOMER})
    again = api(admin).patch(url, json={"role": Role.ADMIN})

    assert again.json["available"] is False
