"""The receiver that the README shows."""

import re
from pathlib import Path

import pytest
import standardwebhooks

from ticketing.core.database import utcnow

README = (Path(__file__).parents[2] / "README.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def client(monkeypatch):
    """Return a client of the receiver."""
    section = README.partition("\n## Webhooks\n")[2].partition("\n## ")[0]
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    monkeypatch.setenv("SECRET", SECRET)
    names = {"__name__": "receiver"}
    exec(code, names)
    return names["app"].test_client()


@pytest.fixture
def post(client):
    """Send what a webhook is sent, signed by a secret."""

    def post(secret):
        body, now = '{"type": "message.sent", "data": {"payload": {"id": 7}}}', utcnow()
        signature = standardwebhooks.Webhook(secret).sign("msg_1", now, body)
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        return client.post("/hook", data=body, headers=headers)

    return post


def test_what_is_signed_is_shown(post, capsys):
    assert post(SECRET).status_code == 204
    assert capsys.readouterr().out == "message.sent {'id': 7}\n"


def test_what_another_signed_is_refused(post, capsys):
    assert post("whsec_b3RoZXI=").status_code == 401
    assert capsys.readouterr().out == ""
