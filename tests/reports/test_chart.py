"""flask reports chart"""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def draw(app, tmp_path):
    """Run the command; return its result, and the file of the image."""

    def draw(*options):
        file = tmp_path / "report.svg"
        arguments = ["reports", "chart", *options, str(file)]
        return app.test_cli_runner().invoke(args=arguments), file

    return draw


def test_a_chart_draws_the_tickets_opened_and_resolved_on_each_day(
    draw, make_ticket, customer
):
    for day in (1, 1, 3):
        resolved = datetime(2026, 3, 3, 12, tzinfo=UTC)
        opened = datetime(2026, 3, day, tzinfo=UTC)
        make_ticket(customer, created_at=opened, resolved_at=resolved)

    result, file = draw("--from", "2026-03-01", "--to", "2026-03-03")

    assert (result.exit_code, result.output) == (0, f"Wrote {file}.\n")
    root = ElementTree.parse(file).getroot()
    assert root.find(f"{SVG}title").text == (
        "Tickets opened and resolved, 2026-03-01 to 2026-03-03"
    )
    assert root.find(f"{SVG}desc").text == (
        "3 tickets were opened (full line), 2 on one day at most; "
        "3 were resolved (dashed line), 3 at most."
    )
    opened, resolved = root.findall(f"{SVG}polyline")
    # The scale is from 0 (y is 350) to 4 (y is 60).
    assert opened.get("points") == "60,205 500,350 940,277.5"
    assert resolved.get("points") == "60,350 500,350 940,132.5"
    assert not opened.get("stroke-dasharray") and resolved.get("stroke-dasharray")
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts[1:6] == ["0", "1", "2", "3", "4"]
    assert {"01 Mar", "03 Mar", "opened", "resolved"} <= set(texts)


@pytest.mark.parametrize("last", ["2026-03-01", "2027-02-28"])
def test_a_chart_may_have_one_day_or_a_whole_year(draw, last):
    result, file = draw("--from", "2026-03-01", "--to", last)

    assert result.exit_code == 0
    assert len(ElementTree.parse(file).getroot().findall(f"{SVG}polyline")) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "yesterday"], "--from: Not a valid date."),
        (["--to", "2026-03-01", "--from", "2026-03-02"], "--to: Must not be before"),
        (["--time-zone", "Mars"], "--time-zone: Must be a time zone"),
    ],
)
def test_an_invalid_option_of_a_chart_is_named(draw, options, said):
    result, file = draw(*options)

    assert result.exit_code == 1
    assert said in result.output
    assert not file.exists()


def test_a_chart_file_that_cannot_be_written_is_named(app, tmp_path):
    file = tmp_path / "nowhere" / "report.svg"

    result = app.test_cli_runner().invoke(args=["reports", "chart", str(file)])

    assert result.exit_code == 1
    assert result.output == f"Error: {file}: No such file or directory.\n"
