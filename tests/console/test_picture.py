"""The picture of the console in the README: delete it, and this test takes it again."""

from pathlib import Path

import pytest
import served

PICTURE = Path(__file__).with_name("console.png")
ROOT = Path(__file__).parents[2]
SIZE = {"width": 1440, "height": 820}  # CSS pixels


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Run ``python wsgi.py`` on an empty database: there are its own tickets only."""
    with served.serving_demo(tmp_path_factory.mktemp("picture")) as process:
        yield process


def test_the_readme_shows_what_an_agent_sees_first(demo, browse):
    page = browse(demo.url, viewport=SIZE, color_scheme="light")
    page.get_by_role("button", name="Sign in as Admin User").click()
    rows = page.get_by_role("main").get_by_role("link")
    rows.filter(has_text="Urgent").first.click()
    page.get_by_role("textbox", name="Message").wait_for()
    page.get_by_role("log").get_by_role("listitem").first.wait_for()

    if not PICTURE.exists():
        page.screenshot(path=PICTURE)

    picture = PICTURE.read_bytes()
    assert [int.from_bytes(picture[at : at + 4]) for at in (16, 20)] == [*SIZE.values()]
    assert f"]({PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text()
