"""GET /api/files/{id}/preview and /api/tickets/{id}/attachment/preview"""

import os
from io import BytesIO

import pytest
from files.conftest import picture
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ticketing.core.database import db
from ticketing.files import drawing, thumbnail
from ticketing.files.thumbnail import CANNOT_DRAW
from ticketing.jobs.models import Job, State

KINDS = ["PNG", "JPEG", "GIF", "WEBP"]
GPS = 0x8825


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """Allow for other tests, which may keep the processor busy."""
    monkeypatch.setattr(drawing, "TIMEOUT_S", 60.0)


@pytest.fixture
def jobs(app):
    """Return the states of the jobs that draw previews."""

    def jobs():
        with app.app_context():
            found = db.select(Job.state).where(Job.pool == "preview").order_by(Job.id)
            return [*db.session.scalars(found)]

    return jobs


@pytest.fixture
def preview(add, get, customer, work):
    """Add an image, and draw its preview; return the response with the preview."""

    def preview(content):
        url = add(customer, content, "picture.bin").json["preview_url"]
        work()
        return get(customer, url)

    return preview


def drawn(content, kind="PNG"):
    """Return the preview of an image, drawn in this process."""
    target = BytesIO()
    thumbnail.draw(kind, BytesIO(content), target)
    return Image.open(target, formats=["WEBP"])


def exif(orientation):
    """Return metadata with the orientation of an image, and its location."""
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010F] = "Canary"
    made.get_ifd(GPS)[1] = "N"
    return made.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_is_pending_until_the_job_is_done_and_then_sent_inline(
    add, get, customer, work, kind
):
    url = add(customer, picture(kind=kind)).json["preview_url"]

    pending = get(customer, url)
    work()
    response = get(customer, url)

    assert (pending.status_code, pending.json["code"]) == (404, "preview_pending")
    assert int(pending.headers["Retry-After"]) >= 1
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Content-Disposition"] == "inline"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy
    image = Image.open(BytesIO(response.data), formats=["WEBP"])
    assert image.size == (40, 20)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("size", "expected"),
    [((2048, 100), (1024, 50)), ((100, 3000), (34, 1024)), ((1025, 1), (1024, 1))],
)
def test_no_side_of_a_preview_exceeds_1024_pixels(kind, size, expected):
    width, height = drawn(picture(size, kind=kind), kind).size

    assert max(width, height) == 1024
    assert abs(width - expected[0]) <= 1 and abs(height - expected[1]) <= 1


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", (255, 0, 0), "RGB"),
        ("RGBA", (255, 0, 0, 128), "RGBA"),
        ("L", 200, "RGB"),
        ("LA", (200, 0), "RGBA"),
        ("1", 1, "RGB"),
        ("P", 0, "RGB"),
        ("I;16", 40_000, "RGB"),
    ],
)
@pytest.mark.parametrize("size", [(10, 10), (2100, 2100)])
def test_images_of_all_modes_have_a_preview(mode, colour, expected, size):
    image = drawn(picture(size, mode, colour))

    assert image.mode == expected
    if mode == "I;16":
        assert abs(image.getpixel((0, 0))[0] - 40_000 // 256) <= 2


def test_an_image_with_much_text_in_it_has_a_preview():
    text = PngInfo()
    text.add_text("mxfile", "a diagram " * 200_000, zip=True)
    content = BytesIO()
    Image.new("RGB", (40, 20)).save(content, "PNG", pnginfo=text)

    assert drawn(content.getvalue(), "PNG").size == (40, 20)


def test_a_preview_of_cmyk_is_in_rgb():
    cyan = picture(mode="CMYK", colour=(255, 0, 0, 0), kind="JPEG")

    red, _, blue = drawn(cyan, "JPEG").getpixel((4, 4))

    assert red < 60 and blue > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_preview_is_upright_and_has_no_metadata(orientation):
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    undone = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    undone |= {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        7: Image.Transpose.TRANSVERSE,
    }
    taken = upright.transpose(undone[orientation]) if orientation > 1 else upright
    stream = BytesIO()
    about = {"exif": exif(orientation), "comment": b"Canary", "icc_profile": b"Canary"}
    taken.save(stream, "JPEG", quality=95, **about)
    assert b"Canary" in stream.getvalue()

    image = drawn(stream.getvalue(), "JPEG")

    assert image.size == (64, 32)
    reddest = image.convert("RGB").getpixel((4, 4))
    assert reddest[0] > 200 and reddest[1] < 60
    assert not {"exif", "xmp", "icc_profile"} & {*image.info}
    assert not image.getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_preview_has_nothing_of_the_metadata_of_its_image(preview, kind):
    about = {"exif": exif(1), "xmp": b"Canary", "icc_profile": b"Canary"}
    if kind == "PNG":
        about["pnginfo"] = PngInfo()
        about["pnginfo"].add_text("Comment", "Canary")
    content = picture(kind=kind, **about)
    assert b"Canary" in content

    response = preview(content)

    assert response.status_code == 200
    for trace in (b"Canary", b"EXIF", b"XMP ", b"ICCP"):
        assert trace not in response.data


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_preview_of_an_animation_is_its_first_frame(kind):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("blue", "red", "red")]
    stream = BytesIO()
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])

    image = drawn(stream.getvalue(), kind)

    assert not getattr(image, "is_animated", False)
    red, _, blue = image.convert("RGB").getpixel((4, 4))
    assert blue > 200 and red < 60


def test_only_images_of_four_types_have_a_preview(add, get, customer, jobs):
    file = add(customer).json

    response = get(customer, f"{file['url']}/preview")

    assert file["preview_url"] is None
    assert (response.status_code, response.json["code"]) == (404, "not_found")
    assert jobs() == []


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n broken", picture()[:50]])
def test_a_broken_image_has_no_preview_and_is_not_tried_again(preview, jobs, content):
    first = preview(content)

    assert (first.status_code, first.json["code"]) == (404, "not_found")
    assert "Retry-After" not in first.headers
    assert jobs() == [State.DONE]


def test_the_attachment_of_a_ticket_has_a_preview_that_follows_it(
    api, get, customer, stranger, ticket, work, stored
):
    url = f"/api/tickets/{ticket.id}"
    preview_url = f"{url}/attachment/preview"

    def attach(*colour):
        form = {"attachment": (BytesIO(picture(colour=colour)), "colour.png")}
        return api(customer).patch(url, data=form)

    def colour():
        image = Image.open(BytesIO(get(customer, preview_url).data))
        return [value > 127 for value in image.convert("RGB").getpixel((4, 4))]

    assert get(customer, preview_url).json["code"] == "not_found"
    assert attach(255, 0, 0).json["attachment"]["preview_url"] == preview_url
    assert get(customer, preview_url).json["code"] == "preview_pending"
    work()
    assert colour() == [True, False, False]
    attach(0, 0, 255)
    assert get(customer, preview_url).json["code"] == "preview_pending"
    work()
    assert colour() == [False, False, True]
    assert get(stranger, preview_url).status_code == 404
    assert len(stored()) == 2
    api(customer).patch(url, json={"attachment": None})
    assert get(customer, preview_url).json["code"] == "not_found"
    assert stored() == []


def test_an_image_that_a_ticket_is_opened_with_has_a_preview(
    api, get, customer, category, work
):
    form = {"category_id": category.id, "subject": "-", "description": "-"}
    form |= {"priority": "low", "attachment": (BytesIO(picture()), "a.png")}
    ticket = api(customer).post("/api/tickets", data=form).json

    work()

    assert get(customer, ticket["attachment"]["preview_url"]).status_code == 200


def test_a_lost_preview_is_drawn_again_once(
    add, get, customer, work, directory, jobs
):
    url = add(customer, picture()).json["preview_url"]
    work()
    for path in directory.rglob("*.webp"):
        path.unlink()

    codes = [get(customer, url).json["code"] for _ in range(3)]
    waiting = jobs()
    work()

    assert codes == ["preview_pending"] * 3
    assert waiting == [State.DONE, State.DUE]
    assert get(customer, url).status_code == 200


def test_a_deleted_image_leaves_no_preview(
    api, add, post, customer, work, stored
):
    file_id = add(customer, picture()).json["id"]
    comment = post(customer, "comments", file_ids=[file_id]).json
    work()
    kept = len(stored())

    api(customer).delete(f"/api/comments/{comment['id']}")

    assert (kept, stored()) == (2, [])


def test_no_preview_is_drawn_of_an_image_deleted_before_its_job(
    api, add, post, customer, work, stored, jobs
):
    file_id = add(customer, picture()).json["id"]
    comment = post(customer, "comments", file_ids=[file_id]).json
    api(customer).delete(f"/api/comments/{comment['id']}")

    work()

    assert jobs() == [State.DONE]
    assert stored() == []


def test_orphaned_previews_are_pruned(app, add, customer, work, directory):
    add(customer, picture())
    work()
    key = "0" * 32
    (directory / "00").mkdir(exist_ok=True)
    left = [directory / "00" / f"{key}{suffix}" for suffix in (".webp", ".part")]
    for path in left:
        path.write_bytes(b"-")
        os.utime(path, (0, 0))

    result = app.test_cli_runner().invoke(args=["attachments", "prune"])

    assert "Pruned 1 orphaned files." in result.output
    assert [path.exists() for path in left] == [False, False]
    assert len([*directory.rglob("*.webp")]) == 1


@pytest.fixture
def program(monkeypatch, tmp_path):
    """Replace the program that draws previews."""

    def program(code):
        path = tmp_path / "program.py"
        path.write_text(f"import os, signal, sys, time\n{code}\n")
        monkeypatch.setattr(drawing, "PROGRAM", path)

    return program


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sys.exit(1)", [State.DUE]),
        ("os.kill(os.getpid(), signal.SIGTERM)", [State.DUE]),
        (f"sys.exit({CANNOT_DRAW})", [State.DONE]),
        ("os.kill(os.getpid(), signal.SIGSEGV)", [State.DONE]),
        ("os.kill(os.getpid(), signal.SIGXCPU)", [State.DONE]),
        ("time.sleep(60)", [State.DUE]),
    ],
)
def test_drawing_a_preview_is_retried_only_if_the_image_is_not_the_cause(
    add, get, customer, work, program, jobs, monkeypatch, code, expected
):
    monkeypatch.setattr(drawing, "TIMEOUT_S", 0.5)
    program(code)
    url = add(customer, picture()).json["preview_url"]

    work()

    assert jobs() == expected
    codes = {State.DUE: "preview_pending", State.DONE: "not_found"}
    assert get(customer, url).json["code"] == codes[expected[0]]


def test_the_program_that_draws_previews_inherits_no_settings_and_no_open_files(
    preview, program, monkeypatch
):
    monkeypatch.setenv("SECRET_KEY", "canary")
    program(
        "names = ','.join(sorted(set(os.environ) - {'LC_CTYPE'}))\n"
        "files = ','.join(sorted(os.listdir('/proc/self/fd')))\n"
        "sys.stdout.write(f'{names};{files}')"
    )

    # The fourth descriptor is that of the directory being listed.
    assert preview(picture()).data == b";0,1,2,3"
