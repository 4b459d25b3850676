"""The page, its policy, and the files that it loads."""

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from ticketing.core.text import TRANSLATIONS, catalog_path

FOLDER = Path(__file__).parent
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain",  # the licenses in vendor/
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
    "img-src 'self' blob:; connect-src 'self'; font-src 'none'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types service-worker"
)
# A worker obeys the policy that it comes with, not that of the page.
WORKER_POLICY = "default-src 'none'; connect-src 'self'"
OFFLINE = "offline.html"
COLORS = {"theme_color": "#0b57b7", "background_color": "#ffffff"}


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
    others = {language: catalog_path(language) for language in TRANSLATIONS}
    for name, path in (files() | others | {OFFLINE: FOLDER / OFFLINE}).items():
        digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def assets_path() -> str:
    """Return the path below which this version of the files is."""
    return f"/console/-/{version()}"


@cache
def build(name: str, template: str = "console.html") -> Page:
    """Build the page, or the one that is shown without a network.

    :param name: that of the service, its first title.
    :param template: ``console.html`` or ``OFFLINE``.
    """
    assets = assets_path()
    imports = {module: f"{assets}/{path}" for module, path in IMPORTS.items()}
    import_map = json.dumps({"imports": imports})
    digest = b64encode(sha256(import_map.encode()).digest()).decode()
    html = Template((FOLDER / template).read_text("utf-8")).substitute(
        name=escape(name),
        assets=assets,
        import_map=import_map,
        preloads="\n".join(
            f'  <link rel="modulepreload" href="{assets}/{path}">' for path in PRELOADED
        ),
    )
    return Page(html, POLICY.format(hash=digest))


def manifest(name: str) -> str:
    """Return the manifest that lets browsers install the page, as JSON.

    :param name: that of the service.
    """
    described = {
        "name": name,
        **dict.fromkeys(("id", "start_url", "scope"), "/console/"),
        "display": "standalone",
        **COLORS,
        "icons": [
            _icon("icon.svg", "any"),
            _icon("icons/192.png", "192x192"),
            _icon("icons/512.png", "512x512"),
            _icon("icons/maskable.png", "512x512", "maskable"),
        ],
    }
    return json.dumps(described, ensure_ascii=False)


def _icon(file: str, sizes: str, purpose: str = "any") -> dict[str, str]:
    media_type = TYPES[Path(file).suffix]
    source = f"{assets_path()}/{file}"
    return {"src": source, "sizes": sizes, "type": media_type, "purpose": purpose}
