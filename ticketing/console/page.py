"""The page, its policy, and the files that it loads."""

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
# Names for what is not ours to write: vendor/ is as npm has it, and unmodified.
IMPORTS = {
    "preact": "vendor/preact.js",
    "preact/hooks": "vendor/preact-hooks.js",
    "htm": "vendor/htm.js",
    "socket.io-client": "vendor/socket.io-client.js",
    "ticketing": "ticketing.js",
}
# What the first screen needs, so that it is not found one file after another.
PRELOADED = ("api.js", "ui.js", "words.js", "live.js", *IMPORTS.values())
POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{hash}'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; font-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)


@dataclass(frozen=True)
class Page:
    """The page, and the Content-Security-Policy that lets it run and nothing else."""

    html: str
    policy: str


@cache
def files() -> dict[str, Path]:
    """Return the files that browsers may load, by their path below the version."""
    found = [path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPES]
    client = FOLDER.parent / "static" / "ticketing.js"
    return {path.relative_to(FOLDER).as_posix(): path for path in found} | {
        client.name: client
    }


@cache
def version() -> str:
    """Return a digest of all files: each version of them has addresses of its own."""
    digest = sha256()
    for name, path in files().items():
        digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def build(name: str) -> Page:
    """Build the page.

    :param name: that of the service, its first title.
    """
    assets = f"/console/-/{version()}"
    imports = {module: f"{assets}/{path}" for module, path in IMPORTS.items()}
    import_map = json.dumps({"imports": imports})
    digest = b64encode(sha256(import_map.encode()).digest()).decode()
    html = Template((FOLDER / "console.html").read_text()).substitute(
        name=escape(name),
        assets=assets,
        import_map=import_map,
        preloads="\n".join(
            f'  <link rel="modulepreload" href="{assets}/{path}">' for path in PRELOADED
        ),
    )
    return Page(html, POLICY.format(hash=digest))
