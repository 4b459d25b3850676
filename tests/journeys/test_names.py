"""Looking names up, which takes seconds where a name server is away, keeps nobody."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SLOW = """
import _socket, time
look_up, sleep = _socket.getaddrinfo, time.sleep

def slowly(host, *args):
    sleep(0.5)
    return look_up("127.0.0.1", *args)

_socket.getaddrinfo = slowly
import eventlet
eventlet.monkey_patch()
import socket
import wsgi
from ticketing.webhooks import names

passed = []

def pass_time():
    while True:
        passed.append(eventlet.sleep(0.01))

eventlet.spawn(pass_time)
found = socket.getaddrinfo("db.example", 3306, 0, socket.SOCK_STREAM)
print(found[0][4], len(passed) > 10)
with eventlet.Timeout(5):
    try:
        socket.create_connection(("db.example", 1), timeout=2)
    except OSError:
        print(len(passed) > 30)
begun = time.monotonic()
try:
    names.look_up("hook.example", 0.1)
except TimeoutError:
    print(time.monotonic() - begun < 0.4)
"""


def test_others_are_served_meanwhile(tmp_path):
    environ = {
        **os.environ,
        "TICKETING_ENV": "testing",
        "DATABASE_URL": f"sqlite:///{tmp_path}/names.db",
        "UPLOAD_DIR": str(tmp_path),
        "EVENTLET_NO_GREENDNS": "yes",
    }

    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SLOW],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )

    lines = ended.stdout.splitlines()
    assert lines == ["('127.0.0.1', 3306) True", "True", "True"], ended
