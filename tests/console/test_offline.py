"""What the page says without a network."""

import pytest
import served

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.slow

# Each is a cache's name and the paths that it holds.
CACHED = """async () => {
  const paths = [];
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    paths.push(...requests.map(({ url }) => new URL(url).pathname));
  }
  return paths.sort();
}"""
READY = """Promise.race([
  navigator.serviceWorker.ready,
  new Promise((done, fail) => setTimeout(() => fail("no service worker"), 10_000)),
]).then(() => true)"""
VIOLATIONS = """() => {
  window.violations = [];
  addEventListener("securitypolicyviolation", (event) => {
    violations.push(event.blockedURI);
  });
}"""


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory):
    """Run ``python wsgi.py``."""
    with served.serving_demo(tmp_path_factory.mktemp("demo")) as process:
        yield process


@pytest.fixture
def open_page(demonstrated, browse):
    """Open the page; its service worker is ready."""

    def open_page(path="sign-in", **options):
        page = browse(f"{demonstrated.url}/console/{path}", **options)
        expect(page.get_by_role("heading").first).to_be_visible()
        page.evaluate(READY)
        return page

    return open_page


def test_a_navigation_without_a_network_says_so(open_page):
    page = open_page()

    page.context.set_offline(True)
    page.goto(page.url.replace("sign-in", "tickets/7"))

    expect(page.get_by_role("heading", name="You are not connected")).to_be_visible()
    expect(page).to_have_title("Not connected – Ticketing")
    assert page.url.endswith("/console/tickets/7")


def test_it_is_in_the_style_of_the_page_and_breaks_no_policy(open_page):
    page = open_page(color_scheme="dark", viewport={"width": 320, "height": 600})
    page.context.add_init_script(f"({VIOLATIONS})()")
    style = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(style)

    page.context.set_offline(True)
    page.reload()

    expect(page.get_by_role("link", name="Try again")).to_be_visible()
    assert page.evaluate(style) == before
    assert page.evaluate("violations") == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(open_page, scheme):
    axe = served.JAVASCRIPT / "node_modules/axe-core/axe.min.js"
    if not axe.exists():
        served.lacking("axe-core is not installed: npm ci --prefix tests/js")
    page = open_page(color_scheme=scheme)
    page.context.set_offline(True)
    page.reload()
    page.evaluate(axe.read_text())

    found = page.evaluate("axe.run().then(({ violations }) => violations)")

    assert [(rule["id"], rule["nodes"]) for rule in found] == []


def test_it_is_in_the_language_of_the_reader(open_page):
    page = open_page()
    page.evaluate(
        """localStorage.setItem("offline", JSON.stringify({
          lang: "ar", dir: "rtl", texts: { heading: "غير متصل", retry: "<b>أعد</b>" },
        }))"""
    )

    page.context.set_offline(True)
    page.reload()

    expect(page.get_by_role("heading", name="غير متصل")).to_be_visible()
    expect(page.get_by_role("link", name="<b>أعد</b>")).to_be_visible()
    root = page.locator("html")
    expect(root).to_have_attribute("lang", "ar")
    expect(root).to_have_attribute("dir", "rtl")


def test_it_comes_back_by_itself(open_page):
    page = open_page()
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="You are not connected")).to_be_visible()

    page.context.set_offline(False)

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=15_000)


def test_trying_again_helps_once_there_is_a_network(open_page):
    page = open_page()
    page.route("**/healthz", lambda route: route.abort())  # or it comes back by itself
    page.context.set_offline(True)
    page.reload()

    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="You are not connected")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_only_what_it_shows_then_is_cached(open_page):
    page = open_page()
    page.get_by_role("button", name="Sign in as Customer User").click()
    expect(page.get_by_role("heading", name="Your requests")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Your requests")).to_be_visible()

    files = [f"-/offline/{name}" for name in ("console.css", "icon.svg")]
    assert page.evaluate(CACHED) == [
        *[f"/console/{path}" for path in files],
        *("/console/-/offline/offline_page.js", "/console/offline.html"),
    ]


def test_the_worker_is_replaced_with_the_version(open_page):
    page = open_page()
    version = page.evaluate(
        """new URL(document.querySelector("script[src]").src).pathname.split("/")[3]"""
    )

    url, scope = page.evaluate(
        """navigator.serviceWorker.ready.then(({ active, scope }) =>
             [active.scriptURL, scope].map((url) => new URL(url))
               .map(({ pathname, search }) => pathname + search))"""
    )

    assert url == f"/console/service-worker.js?{version}"
    assert scope == "/console/"


def test_the_page_does_without_where_there_are_no_workers(open_page):
    page = open_page()
    page.context.add_init_script("delete Navigator.prototype.serviceWorker")

    page.reload()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.evaluate("'serviceWorker' in navigator") is False


def test_the_worker_may_call_the_service_and_nothing_else(anyone):
    response = anyone.get("/console/service-worker.js", buffered=True)

    assert response.mimetype == "text/javascript"
    assert response.headers["Cache-Control"] == "no-cache"
    policy = response.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; connect-src 'self'"
