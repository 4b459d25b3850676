"""An SMTP server in a process of its own, which a test makes refuse, hang or die.

It writes what it accepts into a directory, and looks there how to behave.
"""

import asyncio
import json
import os
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "postmaster", "p@ss:word/?#%"


class Handler:
    """Does with a mail what the file ``mode`` says.

    That is ``accept``, ``451``, ``550``, ``rcpt 550``, ``hang``, ``die`` or ``drop
    after``, which accepts it and ends the connection.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Refuse a recipient, or accept it."""
        if self._mode() == "rcpt 550":
            return f"550 5.1.1 No such user: {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Accept a mail, or whatever else."""
        mode = self._mode()
        if mode in ("451", "550"):
            return f"{mode} I do not like {envelope.content[:100]!r}".replace("\n", " ")
        if mode == "hang":
            await asyncio.sleep(3600)
        if mode == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        received = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "helo": session.host_name,
            "tls": session.ssl is not None,
            "user": bool(session.authenticated),
            "content": envelope.content.decode(),
        }
        number = len([*self._directory.glob("*.json")])
        unfinished = self._directory / "unfinished"
        unfinished.write_text(json.dumps(received))
        unfinished.rename(self._directory / f"{number:03}.json")
        if mode == "drop after":
            server.transport.write(b"250 OK\r\n")
            server.transport.abort()
        return "250 OK"

    def _mode(self) -> str:
        return (self._directory / "mode").read_text()


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any):
    """Let one user in."""
    known = (data.login.decode(), data.password.decode()) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False)


async def serve(directory: Path, port: int, options: dict[str, Any]) -> None:
    """Serve until the process is killed.

    :param options: ``tls``: none, starttls or smtps; ``auth`` and ``utf8``.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if options["tls"] != "none":
        context.load_cert_chain(directory / "cert.pem", directory / "key.pem")

    def make() -> SMTP:
        return SMTP(
            Handler(directory),
            hostname="mail.test",
            enable_SMTPUTF8=options["utf8"],
            tls_context=context if options["tls"] == "starttls" else None,
            authenticator=authenticate,
            auth_required=options["auth"],
            auth_require_tls=options["tls"] == "starttls",
        )

    server = await asyncio.get_running_loop().create_server(
        make,
        "127.0.0.1",
        port,
        ssl=context if options["tls"] == "smtps" else None,
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))
