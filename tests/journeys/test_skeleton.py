"""From nothing to a chat: ``python wsgi.py``, curl, and a page that listens."""

import json
import subprocess

import pytest

PASSWORD = "password123"


@pytest.fixture
def post(demo, curl):
    def post(path, body, token=""):
        command = [curl, "--silent", "--fail-with-body", demo.url + path]
        command += ["--header", "Content-Type: application/json"]
        command += ["--data", json.dumps(body)]
        if token:
            command += ["--header", f"Authorization: Bearer {token}"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout)

    return post


def test_page_with_a_socket_hears_a_message_posted_by_curl(demo, post, connect):
    john = {"email": "john@example.com", "password": PASSWORD}
    new = {"name": "John Doe", "password_confirmation": PASSWORD}
    post("/api/register", john | new)
    token = post("/api/login", john)["token"]
    ticket = {
        "category_id": 1,
        "subject": "Issue with login",
        "description": "Detailed description of the issue",
        "priority": "high",
    }
    opened = post("/api/tickets", ticket, token)
    page = connect(demo.login(**john))
    page.join(opened)

    path = f"/api/tickets/{opened['id']}/messages"
    said = post(path, {"message": "Hello, how can I help you?"}, token)

    heard, event = page.hear("message.sent")
    assert heard == said
    assert heard["message"] == "Hello, how can I help you?"
    assert event["seq"] == opened["last_seq"] + 1
