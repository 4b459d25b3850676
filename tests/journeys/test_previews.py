"""Previews are made beside a serving process, which hostile images do not delay."""

import time

import pytest
import requests
from files.conftest import picture
from files.hostile_images import many_scans

MAX_SECONDS = 60
CALLS = 300


@pytest.fixture(params=["deployed", "deployed_on_threads"])
def process(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def carla(process, register):
    return register(process, "Carla")


@pytest.fixture
def add(process, carla, open_ticket):
    """Add an image to a ticket; return the URL of its preview."""
    ticket = open_ticket(process, carla)

    def add(content):
        response = requests.post(
            f"{process.url}/api/tickets/{ticket['id']}/files",
            headers={"Authorization": f"Bearer {carla.token}"},
            files={"file": ("picture.bin", content)},
            timeout=MAX_SECONDS,
        )
        return process.url + response.json()["preview_url"]

    return add


@pytest.fixture
def get(carla):
    """Return the first answer to a preview that is not that it is pending."""

    def get(url):
        end = time.monotonic() + MAX_SECONDS
        while time.monotonic() < end:
            headers = {"Authorization": f"Bearer {carla.token}"}
            response = requests.get(url, headers=headers, timeout=MAX_SECONDS)
            if response.ok or response.json()["code"] != "preview_pending":
                return response
            time.sleep(0.1)
        raise AssertionError("the preview is still pending")

    return get


@pytest.fixture
def slowest(process):
    """Return how long 99 % of trivial calls take, in seconds."""

    def slowest():
        seconds = []
        with requests.Session() as session:
            for _ in range(CALLS):
                begun = time.monotonic()
                session.get(f"{process.url}/readyz", timeout=MAX_SECONDS)
                seconds.append(time.monotonic() - begun)
                time.sleep(0.01)
        return sorted(seconds)[CALLS * 99 // 100]

    return slowest


def test_a_serving_process_makes_previews(add, get):
    response = get(add(picture((2000, 1000))))

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Content-Disposition"] == "inline"


def test_hostile_images_delay_nobody(add, slowest, capsys):
    before = slowest()

    for _ in range(2):
        add(many_scans())
    meanwhile = slowest()

    with capsys.disabled():
        took = f"{before * 1000:.1f} ms, {meanwhile * 1000:.1f} beside two images"
        print(f"\n99 % of calls within {took}")
    # Of a few milliseconds, twice as many say nothing; an image takes seconds.
    assert meanwhile < max(2 * before, 0.25)
