"""Malformed requests are refused in words."""

import io

import pytest
from werkzeug.datastructures import MultiDict

JSON = "application/json"


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}/comments"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b"content=x", 400, "bad_request"),
        (b'{"content": NaN}', 400, "bad_request"),
        (b'{"content": Infinity}', 400, "bad_request"),
        (b'{"content": -Infinity}', 400, "bad_request"),
        (b'{"content": "a", "content": "b"}', 400, "bad_request"),
        (b'{"content": {"a": 1, "a": 2}}', 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b'{"a":' * 100_000, 400, "bad_request"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "bad_request"),
        (b'{"content": ' + b"9" * 5000 + b"}", 400, "bad_request"),
        (b'{"content": "\xff\xfe"}', 400, "bad_request"),
        (b'{"content": "\xed\xa0\x80"}', 400, "bad_request"),
        ('{"content": "x"}'.encode("utf-16"), 400, "bad_request"),
        (b'{"content": "x"} {}', 400, "bad_request"),
        (b'{"content": "a\nb"}', 400, "bad_request"),
        (b'{"content": "\\ud800"}', 422, "invalid"),
        (b'{"content": "\\udc00\\ud800"}', 422, "invalid"),
        (b'{"content": "\\u0000"}', 422, "invalid"),
        (b'{"content": 1e400}', 422, "invalid"),
        (b'{"content": ' + b"9" * 400 + b"}", 422, "invalid"),
        (b'{"content": "x", "\\ud800": 1}', 422, "invalid"),
        (b"null", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"content"', 422, "invalid"),
        (b"7", 422, "invalid"),
    ],
    ids=lambda value: str(value)[:32],
)
def test_a_body_must_be_strict_json(api, customer, url, data, status, code):
    response = api(customer).post(url, data=data, content_type=JSON)

    assert (response.status_code, response.json["code"]) == (status, code)
    assert ("errors" in response.json) == (status == 422)
    assert api(customer).get(url).json["data"] == []


@pytest.mark.parametrize(
    "blank", ["\u200b", " \u2060\ufeff\n", "\u3164", "\u2800", "\x07", "\x7f\x85"]
)
def test_text_in_which_nothing_can_be_seen_is_missing(api, customer, url, blank):
    response = api(customer).post(url, json={"content": blank})

    assert (response.status_code, response.json["errors"]) == (
        422,
        {"content": ["Required."]},
    )


def test_a_body_may_begin_with_a_byte_order_mark(api, customer, url):
    body = b'\xef\xbb\xbf{"content": "It burns."}'

    response = api(customer).post(url, data=body, content_type=JSON)

    assert (response.status_code, response.json["content"]) == (201, "It burns.")


def test_answers_are_written_in_utf_8(api, customer, url):
    text = "프린터 🔥 é"

    response = api(customer).post(url, json={"content": text})

    assert text.encode() in response.data


def test_an_error_repeats_half_a_surrogate_pair_as_an_escape(api, customer, url):
    response = api(customer).post(
        url, data=b'{"content": "x", "\\ud800\xc3\xa9": 1}', content_type=JSON
    )

    assert response.status_code == 422
    assert b'"\\ud800\xc3\xa9"' in response.data


def test_an_escaped_surrogate_pair_is_one_character(api, customer, url):
    response = api(customer).post(
        url, data=b'{"content": "\\ud83d\\udd25"}', content_type=JSON
    )

    assert (response.status_code, response.json["content"]) == (201, "\U0001f525")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 201),
        ("application/merge-patch+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_a_body_must_be_declared_as_json(api, customer, url, content_type, status):
    response = api(customer).post(
        url, data=b'{"content": "x"}', content_type=content_type
    )

    assert response.status_code == status
    if status == 415:
        assert response.json["code"] == "unsupported_media_type"
        assert "application/json" in response.json["message"]


@pytest.mark.parametrize("size", [2**20 + 1, 2**24])
def test_a_json_body_is_at_most_1_mib(api, customer, url, size):
    response = api(customer).post(url, data=b" " * size, content_type=JSON)

    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert "10 MiB" in response.json["message"]


def test_a_form_larger_than_a_file_may_be_is_refused(api, customer):
    response = api(customer).post(
        "/api/tickets",
        data=b"--x\r\n" + b"x" * 11 * 2**20,
        content_type="multipart/form-data; boundary=x",
    )

    assert (response.status_code, response.json["code"]) == (413, "too_large")


def test_a_body_without_a_length_is_limited_too(api, customer, url):
    response = api(customer).post(
        url,
        input_stream=io.BytesIO(b" " * (2**20 + 1)),
        content_type=JSON,
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert (response.status_code, response.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_empty_body_is_accepted_where_none_is_read(api, customer, body):
    response = api(customer).post("/api/logout", data=body, content_type=JSON)

    assert response.status_code == 200


def test_a_form_field_given_twice_is_named(api, customer, category):
    twice = MultiDict([("subject", "a"), ("subject", "b")])

    response = api(customer).post(
        "/api/tickets", data=twice, content_type="multipart/form-data"
    )

    assert (response.status_code, list(response.json["errors"])) == (422, ["subject"])


@pytest.mark.parametrize(
    "body", [b"", b"no boundary at all", b"--x\r\nContent-Disposition: form-data\r\n"]
)
def test_a_malformed_form_is_answered_with_400_or_422(api, customer, body):
    response = api(customer).post(
        "/api/tickets", data=body, content_type="multipart/form-data; boundary=x"
    )

    assert response.status_code in {400, 422}
    assert response.json["code"] in {"bad_request", "invalid"}


@pytest.mark.parametrize(
    "query",
    ["after=%FF", "after=%00", "after=%ED%A0%80", "%FF=1", "after=1&after=2"],
)
def test_a_malformed_query_is_invalid(api, customer, url, query):
    response = api(customer).get(f"{url}?{query}")

    assert (response.status_code, response.json["code"]) == (422, "invalid")


@pytest.mark.parametrize("value", ["%FF", "open%FF", "%ED%A0%80"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        *(("users", "q"), ("users", "active"), ("users", "role")),
        *(("tickets", "status"), ("tickets", "assigned_to"), ("tickets", "sort")),
        *(("tickets", "category_id"), ("tickets", "cursor")),
    ],
)
def test_a_parameter_that_is_not_utf_8_is_named(api, admin, path, name, value):
    response = api(admin).get(f"/api/{path}?{name}={value}")

    assert (response.status_code, list(response.json["errors"])) == (422, [name])
