"""Values and bodies that break servers, and the statuses that must answer them."""

import json

CODES = {
    400: {"bad_request"},
    401: {"unauthenticated", "invalid_credentials"},
    403: {"forbidden"},
    404: {"not_found", "preview_pending"},
    405: {"method_not_allowed"},
    409: {
        *("conflict", "last_admin", "category_in_use", "ticket_closed"),
        *("idempotency_conflict", "conversation_moved", "too_many"),
        "too_many_files",
    },
    412: {"precondition_failed"},
    413: {"too_large"},
    415: {"unsupported_media_type"},
    422: {"invalid"},
    429: {"too_many_requests"},
}
DEEP: list = []
for _ in range(200):  # what clients can write themselves; deeper ones are in BODIES
    DEEP = [DEEP]

# No field takes any of these.
WRONG = {
    "NUL": "a\0b",
    "half a character": "\ud800",
    "two halves, the wrong way round": "\udc00\ud800",
    "100,000 characters": "x" * 100_000,
    "beyond 2^63": 2**63,
    "beyond 2^64": 2**64,
    "beyond any": 10**400,
    "negative": -1,
    "beyond a float": 1e308 * 10,
    "half": 0.5,
    "a list": [1],
    "an object": {"$ne": None},
    "depth": DEEP,
}
# Some fields take some of these.
ODD = {
    "true": True,
    "zero": 0,
    "nothing": "",
    "blank": " \t\n",
    "null": None,
    "a number as text": "1",
    "an exponent": "1e3",
    "another script's digit": "１",
    "a quote": "' OR '1'='1",
    "a wildcard": "%_\\/",
    "a template": "{{7*7}}${7*7}%(x)s",
    "markup": "<script>alert(1)</script>",
    "turned about": "\u202egnp.exe",
    "beyond the plane": "\U0001f525" * 300,
    "unassigned": "\U0003ffff\uffff\ufdd0",
}
# What is no JSON, or not ours: status and code.
BODIES = {
    "depth": (b"[" * 5_000 + b"]" * 5_000, 400),
    "depth in objects": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
    "NaN": (b'{"a": NaN}', 400),
    "infinity": (b'{"a": -Infinity}', 400),
    "a name twice": (b'{"a": 1, "a": 2}', 400),
    "a number without end": (b'{"a": ' + b"9" * 5_000 + b"}", 400),
    "no UTF-8": (b'{"a": "\xff\xfe"}', 400),
    "half a character in UTF-8": (b'{"a": "\xed\xa0\x80"}', 400),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), 400),
    "a raw NUL": (b'{"a": "\0"}', 400),
    "cut short": (b'{"a": ', 400),
    "a bomb": (b"\x1f\x8b\x08" + b"\0" * 60, 400),
    "too much": (b" " * (2**20 + 1), 413),
    "no object": (b"[]", 422),
    "no object at all": (b"7", 422),
    "a name that nobody knows": (b'{"__proto__": 1, "\\ud800": 2}', 422),
    "a name of half a character": (b'{"\\ud800": 2}', 422),
    "a very long name": (b'{"' + b"x" * 100_000 + b'": 1}', 422),
}


def assert_answered(response, where=""):
    """Check that a response, whatever the request, has the documented form."""
    assert response.status_code < 500, where
    assert response.headers["X-Content-Type-Options"] == "nosniff", where
    if response.status_code >= 400 and response.request.method != "HEAD":
        error = response.json
        assert error["code"] in CODES[response.status_code], (where, error)
        assert isinstance(error["message"], str), where
        assert ("errors" in error) == (response.status_code == 422), where
        text = json.dumps(error)
        leaks = ("Traceback", "sqlalchemy", "pymysql", "SELECT", "<!doctype")
        assert not any(leak in text for leak in leaks), (where, text)
        assert len(text) < 110_000, where
