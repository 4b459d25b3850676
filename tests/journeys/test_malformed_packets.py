"""Any packet a client can send is answered, or costs it the connection."""

from contextlib import suppress

import pytest
import requests
from raw import Closed, RawPolling, RawSocket

DEEP = "[" * 5_000 + "]" * 5_000
NESTED = '{"a":' * 500 + "1" + "}" * 500
LONG = "9" * 101

# What no one may send, whoever they are.
NONSENSE = [
    *(
        "",
        "x",
        "²",
        "7",
        "9",
        "0",
        '0{"sid":"a"}',
        "2",
        "6",
        "6[]",
        "b!",
        "bAA",
        "\x00",
    ),
    *(
        "4",
        '4""',
        "4null",
        "4true",
        "4false",
        "4 0",
        "4 1",
        "4-1",
        "4[]",
        "4{}",
        "4[2]",
    ),
    *(
        '4{"a":1}',
        "4x",
        "4\x00",
        "4²",
        f"4{DEEP}",
        "47",
        "48[]",
        "49",
        "44",
        '44{"a":1}',
    ),
    *("43", "430[]", "431[]", f"43{LONG}[]", '43/,1["a"]', "461-[]", "46[]"),
    *("42", "42[]", "42{}", "42[1]", "42null", '42["join"', "42NaN", '42²["join",{}]'),
    *('42-1["join",{}]', f'42{LONG}["join",{{}}]', f'42{2**53}["join",{{}}]'),
    *('42/x,1["join",{}]', '42/x,["join"', "45", '45["join",{}]', '450-["join",{}]'),
    *('4511-["join",{}]', f'45{"9" * 9}-["join",{{}}]', f'45{LONG}-["join",{{}}]'),
    *("451-{}", "451-[]", '451-["join"', '451-/x,1["join",{}]', "41/x", "40[", "40{"),
    *(b"2[]", b"\x00", b"0"),
]
# What makes sense only from someone who has been let in.
EARLY = [
    *(
        '42["join",{"ticket_id":1}]',
        '421["join",{"ticket_id":1}]',
        '42["connect"]',
        "41",
    ),
    '451-1["join",{"ticket_id":{"_placeholder":true,"num":0}}]',
]
REFUSED = ["40", "40{}", "40[]", "40[7]", '40"x"', '40{"token":7}', "40/x", "40/x,{}"]
PLACEHOLDER = '{"_placeholder":true,"num":%s}'
MESSAGE = '42{}["message.send",{{"ticket_id":{},"message":"Hm."{}}}]'
# Events with a number, which cannot be read.
UNREADABLE = [
    *("421", "421[]", "421{}", "421[[]]", "421null", '421["join"', "421NaN"),
    *('421["join",{"ticket_id":NaN}]', '421["join",{"ticket_id":1,"ticket_id":1}]'),
    f'421["join",{DEEP}]',
]
# Nested about as deeply as Python can read, which depends on who called.
DEEPENING = ['421["join",' + "[" * n + "]" * n + "]" for n in range(850, 1000, 10)]
# Events that can be read.
ANSWERED = [
    *(f'421["join",{NESTED}]', '421["join",{"ticket_id":1},2]'),
    *('421["join"]', '421["\\u0000"]', '421["\\ud800"]', '421["<malformed>"]'),
    *('421["join",{"ticket_id":"\\ud800"}]', f'421["join",{{"ticket_id":{LONG}}}]'),
    *('421["join",{"ticket_id":1e400}]', '421["join",{"ticket_id":-1}]', '421["*"]'),
    *('421["connect",{}]', '421["disconnect"]', '421["join","ticket.1.staff"]'),
    '421["join",{"room":"ticket.1"}]',
    '421["leave",{"ticket_id":"ticket.1"}]',
    '421-1["join",{"ticket_id":' + PLACEHOLDER % 0 + "}]",
    f'42{2**53 - 1}["join",{{"ticket_id":0}}]',
]
LAST = '422["leave",{"ticket_id":1}]'


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(request, serve):
    settings = {
        "SOCKETIO_TRANSPORTS": "websocket,polling",
        "SOCKET_EVENT_LIMIT": "100000 per second",
        "SOCKETS_PER_USER": "100000",
    }
    with serve(request.param, **settings) as process:
        yield process
        assert "Traceback" not in process.log.read_text()


@pytest.fixture(scope="module")
def customer(server, register):
    return register(server, "Carla")


@pytest.fixture(scope="module")
def ticket(server, customer, open_ticket):
    return open_ticket(server, customer)


@pytest.fixture(params=[RawSocket, RawPolling])
def client(request, server):
    with request.param(server) as client:
        yield client


def outcome(client, *packets):
    try:
        for packet in packets:
            client.send(packet)
    except Closed:
        return "closed"
    return client.outcome()


@pytest.mark.parametrize("packet", [*NONSENSE, *EARLY])
def test_nonsense_before_a_login_ends_the_connection_or_is_ignored(client, packet):
    assert outcome(client, packet, "40") in ("closed", "answered")


@pytest.mark.parametrize("packet", EARLY)
def test_an_event_before_a_login_ends_the_connection(client, packet):
    assert outcome(client, packet) == "closed"


@pytest.mark.parametrize("packet", REFUSED)
def test_a_login_without_a_token_is_refused_in_words(client, packet):
    assert outcome(client, packet) == "answered"


@pytest.mark.parametrize("packet", [*NONSENSE, *UNREADABLE, *DEEPENING])
def test_nonsense_from_a_user_ends_the_connection_or_is_ignored(
    client, customer, packet
):
    client.log_in(customer.token)

    assert outcome(client, packet, LAST) in ("closed", "answered")


@pytest.mark.parametrize("packet", UNREADABLE)
def test_an_event_that_is_no_json_ends_the_connection(client, customer, packet):
    client.log_in(customer.token)

    assert outcome(client, packet) == "closed"


@pytest.mark.parametrize("packet", ANSWERED)
def test_what_has_a_number_is_answered(client, customer, packet):
    client.log_in(customer.token)

    assert outcome(client, packet) == "answered"
    assert outcome(client, '422["leave",{"ticket_id":1}]') == "answered"


@pytest.mark.parametrize(
    "packets",
    [
        ('421["leave",{"ticket_id":1}]',),
        ("1",),
        ("3", "3", '421["leave",{"ticket_id":1}]'),
        ("5", '421["leave",{"ticket_id":1}]'),
    ],
)
def test_what_makes_sense_does_not(client, customer, packets):
    client.log_in(customer.token)

    expected = "closed" if packets == ("1",) else "answered"
    assert outcome(client, *packets) == expected


@pytest.mark.parametrize(
    "packets",
    [
        ("text",),
        ("40",),
        ('422["leave",{"ticket_id":1}]',),
        (b"\x01" * 200_000, b"\x01" * 200_000),
    ],
)
def test_what_is_no_attachment_closes_the_connection(client, customer, packets):
    client.log_in(customer.token)
    both = f"[{PLACEHOLDER % 0},{PLACEHOLDER % 1}]"

    announced = f'452-1["join",{{"ticket_id":{both}}}]'

    assert outcome(client, announced, *packets) == "closed"


@pytest.mark.parametrize("number", ["1", "-2", "true", '"0"', "null", "[]", "0.5"])
def test_so_does_an_attachment_that_is_not_there(client, customer, number):
    client.log_in(customer.token)

    announced = '451-1["join",{"ticket_id":' + PLACEHOLDER % number + "}]"

    assert outcome(client, announced, b"\x01") == "closed"


def test_an_attachment_is_no_value_of_any_field(client, customer):
    client.log_in(customer.token)

    announced = '451-1["join",{"ticket_id":' + PLACEHOLDER % 0 + "}]"

    assert outcome(client, announced, b"1") == "answered"


@pytest.mark.parametrize(
    ("number", "more"),
    [
        ("1", ',"user_id":1'),
        ("1", ',"user":{"id":1}'),
        ("1", ',"room":"ticket.1.staff"'),
        ("1", ',"message":"Hm."'),
        ("1", ',"client_id":[]'),
        ("1", ',"if_last_seq":1e400'),
        ("", ',"if_last_seq":true'),
        (LONG, ""),
        ("-1", ""),
        ("/x,1", ""),
        ("1", "}"),
    ],
)
def test_none_of_it_has_an_effect(client, customer, ticket, number, more):
    client.log_in(customer.token)

    with suppress(Closed):
        client.send(MESSAGE.format(number, ticket["id"], more))
        client.send('429["leave",{"ticket_id":1}]')
        client.outcome()

    path = f"/tickets/{ticket['id']}/messages"
    assert customer.get(path)["data"] == []


def test_what_comes_after_it_in_one_request_has_no_effect(server, customer, ticket):
    message = MESSAGE.format("1", ticket["id"], "")

    with RawPolling(server) as client, suppress(Closed):
        client.log_in(customer.token)
        client.send(f'4x\x1e40{{"token":"{customer.token}"}}\x1e{message}')

    path = f"/tickets/{ticket['id']}/messages"
    assert customer.get(path)["data"] == []
    assert "Traceback" not in server.log.read_text()


def test_a_session_that_is_over_is_refused(server):
    client = RawPolling(server)
    client.send("1")

    for _ in range(2):
        with pytest.raises(Closed, match="session"):
            client.send("3")
    with pytest.raises(Closed, match="session"):
        client.read()


HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
}


@pytest.mark.parametrize(
    ("header", "value"),
    [
        *[(header, None) for header in HANDSHAKE],
        ("Upgrade", "h2c"),
        ("Connection", "close"),
        ("Sec-WebSocket-Version", "12"),
        ("Sec-WebSocket-Version", "x"),
        ("Sec-WebSocket-Key", "x"),
        ("Sec-WebSocket-Key", "eA=="),
        ("Sec-WebSocket-Key", "é"),
    ],
)
def test_a_handshake_that_is_none_is_refused(server, header, value):
    url = f"{server.url}/socket.io/?EIO=4&transport=websocket"

    response = requests.get(url, headers=HANDSHAKE | {header: value}, timeout=5)

    assert response.status_code == 400


@pytest.mark.parametrize("first", [b"\x01", b"\x02"])
def test_a_packet_in_pieces_may_not_be_larger(server, first):
    piece = b"\xfe" + (50_000).to_bytes(2, "big") + bytes(4) + b"4" * 50_000

    with RawSocket(server) as client, pytest.raises(Closed):
        client.send_bytes(first + piece)
        for _ in range(400):  # more than systems keep for a server that reads no more
            client.send_bytes(b"\x00" + piece)
