"""Receivers that hang, die and come back, and the service in a process of its own."""

import time

import pytest
import served
from outside import WebhookReceiver
from served import Meanwhile

pytestmark = pytest.mark.slow

PATIENCE_S = 40
AT_ONCE_S = 5  # less than a request may take until it has failed


class Calling(Meanwhile):
    """Calls the service all the time, and notes how long it took to answer."""

    def __init__(self, process):
        super().__init__(0.05)
        self.took = []
        self._process = process

    def act(self):
        begun = time.monotonic()
        self._process.root.get("/me")
        self.took.append(time.monotonic() - begun)


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def service(request, tmp_path_factory, certificates):
    """The service, which may send to this machine, and trusts the authority."""
    directory = tmp_path_factory.mktemp(request.param)
    settings = {"WEBHOOK_PRIVATE": "allowed"}
    settings["SSL_CERT_FILE"] = str(certificates / "ca.pem")
    with served.deployment(directory, request.param, **settings) as [process]:
        yield process


@pytest.fixture
def make_receiver(tmp_path):
    """Return a receiver that is not started yet."""
    receivers = []

    def make_receiver(*certificate):
        directory = tmp_path / str(len(receivers))
        receivers.append(WebhookReceiver(directory, *certificate))
        return receivers[-1]

    yield make_receiver
    for receiver in receivers:
        receiver.stop()


@pytest.fixture
def add(service):
    """Create a webhook of messages; return it."""
    added = []

    def add(url):
        body = {"url": url, "events": ["message.sent"]}
        added.append(service.root.post("/webhooks", body))
        return added[-1]

    yield add
    for webhook in added:
        service.root.request("DELETE", f"/webhooks/{webhook['id']}")


@pytest.fixture
def customer(service):
    return served.register(service, "Carla")


def wait_until(is_so, timeout_s=PATIENCE_S):
    """Wait until something is so; return how long it took."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < timeout_s
        time.sleep(0.05)
    return time.monotonic() - begun


def test_receivers_that_hang_hold_back_no_other_and_no_caller(
    service, make_receiver, add, customer
):
    hanging, good = make_receiver(), make_receiver()
    hanging.start()
    good.start()
    tickets = [served.open_ticket(service, customer) for _ in range(16)]
    for _ in range(2):
        add(hanging.url("hanging"))
    for ticket in tickets:  # they take all places that there are
        customer.say(ticket, "before")
    time.sleep(0.5)
    add(good.url())

    with Calling(service) as calling:
        for ticket in tickets[:6]:
            customer.say(ticket, "after")
        # The first requests fail after ten seconds. The good receiver is then served
        # before the others, for whom requests wait that would take thirty more.
        wait_until(lambda: len(good.texts()) == 6, 20)

    assert good.texts() == ["after"] * 6
    assert max(calling.took) < 1


def test_receiver_that_comes_back_is_sent_what_it_missed_in_order(
    service, make_receiver, add, customer
):
    receiver, other = make_receiver(), make_receiver()
    ticket = served.open_ticket(service, customer)
    other.start()
    receiver.start()
    webhook = add(receiver.url())
    add(other.url())
    texts = [str(number) for number in range(20)]

    for text in texts[:5]:
        customer.say(ticket, text)
    wait_until(lambda: len(receiver.texts()) == 5)
    receiver.stop()
    for text in texts[5:]:
        customer.say(ticket, text)
    wait_until(lambda: len(other.texts()) == 20, AT_ONCE_S)
    listed = service.root.get(f"/webhooks/{webhook['id']}/deliveries?state=pending")
    assert len(listed["data"]) == 15
    receiver.start()
    wait_until(lambda: len(receiver.texts()) >= 20)

    assert receiver.texts() == texts
    assert other.texts() == texts


def test_test_of_a_receiver_that_hangs_takes_ten_seconds_and_nobody_waits(
    service, make_receiver, add
):
    receiver = make_receiver()
    receiver.start()
    webhook = add(receiver.url("slow"))
    time.sleep(1)
    begun = time.monotonic()

    with Calling(service) as calling:
        result = service.root.post(f"/webhooks/{webhook['id']}/test")

    assert result == {"delivered": False, "status": None, "error": "TimeoutError"}
    assert 9 < time.monotonic() - begun < 12
    assert max(calling.took) < 1


def test_messages_are_sent_over_tls_and_nobody_waits(
    service, make_receiver, add, customer, certificates
):
    receiver = make_receiver(certificates / "both.pem")
    receiver.start()
    ticket = served.open_ticket(service, customer)
    webhook = add(receiver.url())
    slow = add(receiver.url("slow"))

    with Calling(service) as calling:
        result = service.root.post(f"/webhooks/{slow['id']}/test")
        customer.say(ticket, "Hello?")
        wait_until(receiver.texts, AT_ONCE_S)

    assert result == {"delivered": False, "status": None, "error": "TimeoutError"}
    assert receiver.texts() == ["Hello?"]
    assert max(calling.took) < 1
    url = f"https://localhost:{receiver.port}/good"  # of which it has no certificate
    service.root.patch(f"/webhooks/{webhook['id']}", {"url": url})
    result = service.root.post(f"/webhooks/{webhook['id']}/test")
    assert result["error"] == "SSLCertVerificationError"


def test_host_that_does_not_exist_is_told(service, add):
    webhook = add("https://no-such-host.invalid/")

    result = service.root.post(f"/webhooks/{webhook['id']}/test")

    assert result == {"delivered": False, "status": None, "error": "gaierror"}
