"""Receive a reply by mail over HTTP: it becomes a comment of who sent it."""

import io

import pytest

from ticketing.accounts.models import Role, User
from ticketing.core.database import db
from ticketing.core.text import Language
from ticketing.inbound_mail import mime
from ticketing.tickets.models import Status, Ticket

MIXED = 'multipart/mixed; boundary="B"'


def part(body, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\n".join(["--B", *lines, "", body, ""])


def multipart(*parts):
    return "".join([*parts, "--B--\n"])


@pytest.fixture
def status(app, ticket):
    """Return the status of the ticket."""

    def status():
        with app.app_context():
            return db.session.get(Ticket, ticket.id).status

    return status


def test_reply_becomes_a_public_comment_of_who_sent_it(
    deliver, message, customer, ticket, api, admin
):
    response = deliver(message())

    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/comments/{response.json['id']}"
    [comment] = api(admin).get(f"/api/tickets/{ticket.id}/comments").json["data"]
    assert comment == response.json
    assert comment["content"] == "It still burns."
    assert comment["user_id"] == customer.id
    assert not comment["internal"]


def test_whoever_joined_the_ticket_hears_of_it(deliver, message, listen, admin, heard):
    client = listen(admin)

    deliver(message())

    assert [entry["name"] for entry in heard(client)] == ["comment.added"]


def test_reply_reopens_a_resolved_ticket(app, deliver, message, ticket, status):
    with app.app_context():
        db.session.get(Ticket, ticket.id).status = Status.RESOLVED
        db.session.commit()

    deliver(message())

    assert status() == Status.OPEN


def test_admin_replies_on_a_closed_ticket(
    app, deliver, message, address, admin, ticket
):
    with app.app_context():
        db.session.get(Ticket, ticket.id).status = Status.CLOSED
        db.session.commit()

    response = deliver(message(From=admin.email, To=address(admin)))

    assert response.status_code == 201
    assert response.json["user_id"] == admin.id


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered_To", "X_Original_To"])
@pytest.mark.parametrize("change", [str, str.upper])
def test_address_is_found_in_each_header_in_any_case(
    deliver, message, address, header, change
):
    listed = f"Support <{change(address())}>, Sam <sam@example.org>"

    response = deliver(message(**{"To": None, header: listed}))

    assert response.status_code == 201


def test_address_is_found_in_a_header_that_is_folded(deliver, message, address):
    others = ",\n ".join(f"someone.{n}@example.org" for n in range(500))

    assert deliver(message(To=f"{others},\n\t{address()}")).status_code == 201


def test_envelope_decides_between_two_tickets(
    deliver, message, address, make_ticket, customer
):
    other = make_ticket(customer)
    both = f"{address()}, {address(on=other)}"

    response = deliver(message(To=both, Delivered_To=address(on=other)))

    assert response.json["ticket_id"] == other.id


def test_sender_decides_between_two_users(deliver, message, address, admin, customer):
    response = deliver(message(To=f"{address(admin)}, {address()}"))

    assert (response.status_code, response.json["user_id"]) == (201, customer.id)


@pytest.mark.parametrize(
    "sender",
    [
        "carla@example.org",
        "CARLA@Example.ORG",
        "Carla Customer <carla@example.org>",
        '"Customer, Carla" <carla@example.org>',
        "=?utf-8?q?C=C3=A4rla?= <carla@example.org>",
        "Cärla <carla@example.org>",
        "carla@example.org (Carla)",
        "Carla C. Customer <carla@example.org>",
    ],
)
def test_sender_is_read_however_it_is_written(deliver, message, sender):
    assert deliver(message(From=sender)).status_code == 201


def test_domain_of_the_sender_may_be_in_ascii(deliver, message, make_user, address):
    user = make_user("Jörg", Role.ADMIN, email="joerg@bücher.example")
    raw = message(From="joerg@xn--bcher-kva.example", To=address(user))

    assert deliver(raw).status_code == 201


def test_sender_may_have_an_address_that_is_not_ascii(
    deliver, message, make_user, make_ticket, address
):
    user = make_user("Jörg", email="jörg@example.org")
    to = address(user, on=make_ticket(user))

    response = deliver(message(From="Jörg <jörg@example.org>", To=to))

    assert response.status_code == 201


def test_address_of_someone_who_cannot_reply_does_not_stand_in_the_way(
    app, deliver, message, address, make_user, customer
):
    colleague = make_user("Cleo")
    to = f"{address(colleague)}, {address()}"
    with app.app_context():
        db.session.get(User, colleague.id).active = False
        db.session.commit()

    response = deliver(message(To=to))

    assert (response.status_code, response.json["user_id"]) == (201, customer.id)


def test_same_message_is_stored_once(deliver, message, comments):
    first = deliver(message())

    again = deliver(message("It still burns.\n\nA mailing list's footer"))

    assert again.status_code == 200
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert comments() == ["It still burns."]


def test_same_message_is_not_stored_again_once_it_was_deleted(
    deliver, message, api, customer, comments
):
    api(customer).delete(deliver(message()).headers["Location"])

    again = deliver(message())

    assert (again.status_code, again.json) == (200, {"ignored": "repeated"})
    assert comments() == []


def test_no_key_of_a_client_is_that_of_a_mail(
    deliver, message, api, customer, ticket, comments
):
    digest = mime.read(message()).identity_on(ticket.id)
    for prefix in ("mail-", "mail"):
        api(customer).post(
            f"/api/tickets/{ticket.id}/messages",
            json={"message": "Hello?"},
            headers={"Idempotency-Key": f"{prefix}{digest}"[:64]},
        )

    assert deliver(message()).status_code == 201
    assert comments() == ["It still burns."]


def test_same_message_to_another_ticket_is_stored_there(
    deliver, message, address, make_ticket, customer
):
    deliver(message())

    response = deliver(message(To=address(on=make_ticket(customer))))

    assert response.status_code == 201


def test_without_a_message_id_the_same_bytes_are_stored_once(
    deliver, message, comments
):
    for body, status in [("One.", 201), ("One.", 200), ("Two.", 201)]:
        assert deliver(message(body, Message_ID=None)).status_code == status

    assert comments() == ["One.", "Two."]


def test_same_message_is_answered_once_the_ticket_is_closed(
    app, deliver, message, ticket
):
    deliver(message())
    with app.app_context():
        db.session.get(Ticket, ticket.id).status = Status.CLOSED
        db.session.commit()

    assert deliver(message()).status_code == 200


def test_long_text_is_cut(deliver, message):
    text = deliver(message("All work and no play. " * 1000)).json["content"]

    assert len(text) == 10_000
    assert text.endswith("…")


def test_text_of_exactly_the_limit_is_kept(deliver, message):
    assert deliver(message("x" * 10_000)).json["content"] == "x" * 10_000


def test_refused_files_are_named_in_the_language_of_the_user(
    deliver, message, make_user, make_ticket, address
):
    user = make_user("Gerda", locale=Language.GERMAN)
    body = multipart(
        part("Siehe Bild.", Content_Type="text/plain"),
        part("<svg>", Content_Type='image/png; name="../fire.png"'),
        part("", Content_Disposition='attachment; filename="a\u202eb.txt"'),
        part("…", Content_Type="message/rfc822"),
    )
    to = address(user, make_ticket(user))
    raw = message(body, From=user.email, To=to, Content_Type=MIXED)

    text = deliver(raw).json["content"]

    said, _, named = text.partition("\n\n")
    assert said == "Siehe Bild."
    names = "fire.png, ab.txt, message-rfc822"
    assert named == f"[Angehängt, aber nicht übernommen: {names}]"


def test_names_of_files_leave_room_for_the_text(deliver, message):
    files = [
        part("\0", Content_Type="image/png", Content_Disposition=f"attachment; {name}")
        for name in [f'filename="{"x" * 300}.png"'] * 40
    ]
    body = multipart(part("It burns. " * 2000), *files)

    text = deliver(message(body, Content_Type=MIXED)).json["content"]

    assert len(text) <= 10_000
    assert text.startswith("It burns. It burns.")
    assert text.count(".png") < 11
    assert text.endswith(", …]")


def test_plain_text_is_preferred_to_html(deliver, message):
    body = multipart(
        part("<p>As HTML</p>", Content_Type="text/html"),
        part("As text", Content_Type="text/plain"),
    )
    raw = message(body, Content_Type='multipart/alternative; boundary="B"')

    assert deliver(raw).json["content"] == "As text"


def test_html_is_read_where_there_is_no_plain_text(deliver, message):
    body = multipart(
        part(" ", Content_Type="text/plain"),
        part(
            "<style>p {}</style><script>x()</script><p>It&nbsp;burns &amp; burns.</p>"
            "<ul><li>here<li>there</ul><div>On Monday, Ada &lt;help@example.com&gt; "
            "wrote:</div><blockquote><p>Does it?</p></blockquote>",
            Content_Type="text/html",
        ),
    )
    raw = message(body, Content_Type='multipart/alternative; boundary="B"')

    text = deliver(raw).json["content"]

    assert text == "It burns & burns.\n\n- here\n- there"


def test_flowed_lines_are_joined(deliver, message):
    raw = message("It \nburns.\n-- \nCarla", Content_Type="text/plain; format=flowed")

    assert deliver(raw).json["content"] == "It burns."


def test_call_takes_the_token_before_the_body_is_read(anyone, deliver):
    class Unread(io.BytesIO):
        def readinto(self, *args):
            raise AssertionError("the body was read")

        read = readinto

    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": "Basic a"}):
        response = anyone.post(
            "/api/inbound-mail",
            input_stream=Unread(b"{}"),
            content_type="application/json",
            headers=headers,
        )

        assert response.status_code == 401
        assert response.json["code"] == "unauthenticated"


def test_users_token_is_none_of_a_mail_server(api, admin, message):
    response = api(admin).post(
        "/api/inbound-mail", data=message(), content_type="message/rfc822"
    )

    assert response.status_code == 401


def test_without_a_token_in_the_settings_there_is_no_such_call(
    app, deliver, message, monkeypatch
):
    monkeypatch.setitem(app.config, "INBOUND_MAIL_TOKEN", "")

    assert deliver(message()).status_code == 404


def test_other_media_types_are_refused(deliver, message):
    response = deliver(message(), content_type="text/plain")

    assert response.status_code == 415
    assert "message/rfc822" in response.json["message"]


def test_large_message_is_refused_naming_the_limit(deliver, message):
    fits = message("x\n") + b"x" * 70 * 1024

    response = deliver(fits.ljust(mime.MAX_BYTES + 1, b"x"))

    assert response.status_code == 413
    assert "25 MiB" in response.json["message"]
    assert deliver(fits.ljust(mime.MAX_BYTES, b"x")).status_code == 201


def test_body_that_is_cut_short_is_refused(deliver, message):
    raw = message()

    length = {"CONTENT_LENGTH": str(len(raw) + 1)}

    response = deliver(raw, environ_overrides=length)

    assert response.status_code == 400
