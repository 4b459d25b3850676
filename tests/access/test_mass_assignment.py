"""Threat: a field slipped in that is not the sender's to set."""

import pytest
from access.routes import WITH_BODY

from ticketing.core.database import db

# Names that attackers try anywhere, beside those of every column of the database.
TEMPTING = {"is_admin", "user", "token", "__class__", "__proto__"}
COLUMNS = {column.name for table in db.metadata.tables.values() for column in table.c}


@pytest.fixture
def fields(anyone):
    """Return the names of the fields that a route's body is documented to take."""
    document = anyone.get("/openapi.json").json

    def fields(route):
        body = document["paths"][route.path][route.method.lower()]["requestBody"]
        schema = body["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        properties = document["components"]["schemas"][name]["properties"]
        return {name for name, of in properties.items() if not of.get("readOnly")}

    return fields


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_fields_that_the_sender_may_not_set_are_named_and_nothing_is_done(
    client, ids, rows, fields, route
):
    slipped_in = (COLUMNS | TEMPTING) - fields(route)
    clients = {caller: client(caller) for caller in ("owner", "admin")}
    before = rows()
    for caller, http in clients.items():
        response = http.open(**route.request(ids, **dict.fromkeys(slipped_in, 1)))

        if response.status_code == 403:
            assert caller == "owner" and route.answers[2].startswith("403")
        else:
            assert response.status_code == 422, caller
            assert set(response.json["errors"]) == slipped_in, caller
    assert rows() == before


def test_a_form_slips_no_field_into_a_ticket_either(client, ids):
    form = {"subject": "Mine", "user_id": "1", "attachment_key": "../../etc/passwd"}

    response = client("owner").patch(
        f"/api/tickets/{ids['ticket_id']}",
        data=form,
        content_type="multipart/form-data",
    )

    assert response.status_code == 422
    assert set(response.json["errors"]) == {"user_id", "attachment_key"}
