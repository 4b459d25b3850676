"""PATCH and DELETE /api/tickets/<id>, with If-Match"""

from concurrent.futures import ThreadPoolExecutor

import pytest

CHANGE = {"subject": "New"}


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.fixture
def tag(api, customer, url):
    return api(customer).get(url).headers["ETag"]


@pytest.mark.parametrize(
    "form",
    [
        *("{0}", "W/{0}", "*", '"other", {0}', 'W/"other",W/{0}'),
        *('"{1}-gzip"', 'W/"{1}-br"'),  # as Apache names what it has compressed
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_ticket_is_edited_if_if_match_has_its_current_etag(
    api, customer, url, tag, method, form
):
    headers = {"If-Match": form.format(tag, tag.strip('"'))}

    response = api(customer).open(url, method=method, json=CHANGE, headers=headers)

    assert (response.status_code, response.json["subject"]) == (200, "New")
    assert response.headers["ETag"] != tag
    assert response.headers["ETag"] == api(customer).get(url).headers["ETag"]


@pytest.mark.parametrize(
    "form", ['"other"', 'W/"other"', '"a", "b"', '"", W/""', "nonsense"]
)
def test_a_ticket_is_not_edited_if_if_match_lacks_its_etag(
    api, listen, heard, customer, admin, url, tag, form
):
    socket, before = listen(admin), api(customer).get(url).json

    response = api(customer).patch(
        url, json=CHANGE, headers={"If-Match": form.format(tag)}
    )

    assert response.status_code == 412
    assert response.json["code"] == "precondition_failed"
    assert api(customer).get(url).json == before
    assert heard(socket) == []


def test_the_etag_of_a_ticket_goes_stale_with_a_change(api, customer, admin, url, tag):
    api(admin).patch(url, json={"priority": "urgent"})

    response = api(customer).patch(url, json=CHANGE, headers={"If-Match": tag})

    assert response.status_code == 412


def test_comments_and_messages_keep_the_etag_of_a_ticket_current(
    api, customer, admin, url, tag
):
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    api(admin).post(f"{url}/comments", json={"content": "Arson?", "internal": True})

    response = api(customer).patch(url, json=CHANGE, headers={"If-Match": tag})

    assert response.status_code == 200


def test_a_stale_etag_is_refused_even_if_nothing_would_change(api, customer, url):
    response = api(customer).patch(url, json={}, headers={"If-Match": '"other"'})

    assert response.status_code == 412


def test_a_current_etag_does_not_show_a_ticket_to_strangers(
    api, customer, stranger, url, tag
):
    hidden = api(stranger).patch(url, json=CHANGE, headers={"If-Match": tag})
    steering = api(customer).patch(
        url, json={"status": "closed"}, headers={"If-Match": '"other"'}
    )

    assert (hidden.status_code, steering.status_code) == (404, 403)


def test_one_of_eight_concurrent_edits_with_one_etag_succeeds(
    api, listen, heard, admin, url, tag
):
    clients, socket = [api(admin) for _ in range(8)], listen(admin)

    def change(numbered):
        number, client = numbered
        body = {"subject": f"Version {number}"}
        return client.patch(url, json=body, headers={"If-Match": tag}).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(change, enumerate(clients)))

    assert sorted(statuses) == [200] + 7 * [412]
    assert len(heard(socket)) == 1


def test_a_ticket_is_deleted_only_if_if_match_has_its_current_etag(
    api, customer, admin, url, tag
):
    api(admin).patch(url, json={"priority": "urgent"})

    stale = api(customer).delete(url, headers={"If-Match": tag})
    current = api(customer).get(url).headers["ETag"]
    deleted = api(customer).delete(url, headers={"If-Match": current})

    assert (stale.status_code, stale.json["code"]) == (412, "precondition_failed")
    assert deleted.status_code == 204
