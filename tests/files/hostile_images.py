"""Images that are made to crash a decoder, or to keep it busy."""

import io
import struct
import zlib
from collections.abc import Iterator

from files.conftest import picture
from PIL import Image

MEGABYTE = 1024 * 1024
SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"\0\0\0\0IEND\xaeB`\x82"
HTML = b"<script>alert(1)</script>"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG."""
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", checksum)


def png(
    width: int,
    height: int,
    *more: bytes,
    depth: int = 8,
    colour: int = 0,
    interlaced: int = 0,
    pixels: bytes | None = None,
) -> bytes:
    """Return a PNG with other chunks; its compressed pixels are truncated."""
    form = (depth, colour, 0, 0, interlaced)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *form))
    compressed = zlib.compress(bytes(1000)) if pixels is None else pixels
    return b"".join([SIGNATURE, head, *more, chunk(b"IDAT", compressed), END])


def zeros(size: int) -> bytes:
    """Return a number of zero bytes, compressed."""
    compressor, block = zlib.compressobj(9), bytes(MEGABYTE)
    made = [compressor.compress(block) for _ in range(size // MEGABYTE)]
    made.append(compressor.compress(bytes(size % MEGABYTE)))
    return b"".join([*made, compressor.flush()])


def endless_zeros(size: int) -> bytes:
    """Return a number of zero bytes, compressed as repetitions of one block."""
    compressor, block = zlib.compressobj(9), bytes(16 * MEGABYTE)
    head = compressor.compress(b"") + compressor.flush(zlib.Z_FULL_FLUSH)
    repeated = compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH)
    return head + repeated * (size // len(block))


def jpeg(*more: bytes, **options) -> bytes:
    """Return a JPEG with other segments after its beginning."""
    plain = picture((64, 64), kind="JPEG", **options)
    return b"".join([plain[:2], *more, plain[2:]])


def segment(marker: int, data: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def resized(image: bytes, width: int, height: int, frame: int = 0xC0) -> bytes:
    """Return a JPEG whose header has another size."""
    at = image.index(bytes([0xFF, frame])) + 5
    return image[:at] + struct.pack(">HH", height, width) + image[at + 4 :]


def many_scans() -> bytes:
    """Return a JPEG of 49 megapixels that refines them a hundred thousand times."""
    image = resized(jpeg(progressive=True), 7000, 7000, frame=0xC2)
    scan = image[image.rindex(b"\xff\xda") : -2]
    return image[:-2] + scan * (9 * MEGABYTE // len(scan)) + b"\xff\xd9"


def exif(data: bytes) -> bytes:
    """Return a JPEG with Exif."""
    return jpeg(segment(0xE1, b"Exif\0\0" + data))


def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """Return a directory of Exif: tag, type, count and value or offset of each."""
    packed = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    count = struct.pack(">H", len(entries))
    return b"MM\0*\0\0\0\x08" + count + packed + struct.pack(">I", following)


def gif(width: int, height: int, frame: bytes) -> bytes:
    """Return a GIF with a screen of a size."""
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0"
    return head + b"\0\0\0\xff\xff\xff" + frame + b";"


def frame_of(width: int, height: int, left: int = 0, top: int = 0) -> bytes:
    """Return a frame of a GIF; its pixels are truncated."""
    return b"," + struct.pack("<HHHH", left, top, width, height) + b"\0\2\2D\1\0"


def animated(kind: str, count: int) -> bytes:
    """Return an animation of small frames, all different."""
    colours = ((n % 256, n // 256, 0) for n in range(count))
    first, *rest = (Image.new("RGB", (2, 2), colour) for colour in colours)
    stream = io.BytesIO()
    first.save(stream, kind, save_all=True, append_images=rest)
    return stream.getvalue()


def webp(width: int, height: int, more: bytes = b"") -> bytes:
    """Return a WebP with a canvas of a size, and no image on it."""
    canvas = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + canvas + more
    return b"RIFF" + struct.pack("<I", len(body)) + body


def hostile_images() -> Iterator[tuple[str, str, bytes]]:
    """Return the name, the detected media type and the content of each image."""
    yield from (("png: " + name, "image/png", data) for name, data in _pngs())
    yield from (("jpeg: " + name, "image/jpeg", data) for name, data in _jpegs())
    yield from (("gif: " + name, "image/gif", data) for name, data in _gifs())
    yield from (("webp: " + name, "image/webp", data) for name, data in _webps())


def _pngs() -> Iterator[tuple[str, bytes]]:
    whole = picture((300, 300))
    yield "65,535 × 65,535", png(65_535, 65_535, depth=1)
    yield "2^31 - 1 on each side", png(2**31 - 1, 2**31 - 1)
    yield "just too many pixels", png(50_001, 1_000, pixels=zeros(50_002_000))
    yield "49 megapixels of 64 bits", png(
        7000, 7000, depth=16, colour=6, pixels=zeros(7000 * 56_001)
    )
    yield "49 megapixels, interlaced", png(
        7000, 7000, colour=2, interlaced=1, pixels=zeros(150_000_000)
    )
    yield "a column of 50 million pixels", png(1, 50_000_000, pixels=zeros(10**8))
    yield "a row of 50 million pixels", png(50_000_000, 1, pixels=zeros(50_000_001))
    yield "no pixels", png(0, 0)
    yield "pixels that go on for 8 GiB", png(1, 1, pixels=endless_zeros(8 << 30))
    bomb = b"Comment\0\0" + endless_zeros(1 << 30)
    yield "a comment of 1 GiB", png(1, 1, chunk(b"zTXt", bomb))
    yield "a profile of 1 GiB", png(1, 1, chunk(b"iCCP", b"a" + bomb[7:]))
    yield "700,000 comments", png(1, 1, chunk(b"tEXt", b"a\0b") * 700_000)
    yield "a wrong checksum", whole.replace(b"IDAT", b"IDAX")
    yield "truncated", whole[: len(whole) // 2]
    yield "10,000 frames", animated("PNG", 10_000)
    yield "a web page after it", whole + HTML
    yield "another kind in it", SIGNATURE + b"%!PS-Adobe-3.0 EPSF-3.0\n" + b"8BPS"


def _jpegs() -> Iterator[tuple[str, bytes]]:
    yield "65,535 × 65,535", resized(jpeg(), 65_535, 65_535)
    yield "49 megapixels that end early", resized(jpeg(), 7000, 7000)
    yield "49 megapixels in countless scans", many_scans()
    yield "truncated", jpeg()[:-200]
    yield "900,000 empty segments", jpeg(segment(0xFE, b"") * 900_000)
    yield "Exif of noise", exif(bytes(range(256)) * 100)
    yield "Exif that goes in a circle", exif(tiff((0x8769, 4, 1, 8), following=8))
    yield "Exif with endless values", exif(tiff((0x0112, 3, 2**32 - 1, 2**32 - 1)))
    yield "Exif turned by 65,535", exif(tiff((0x0112, 3, 1, 65_535 << 16)))
    index = b"MPF\0" + tiff((0xB001, 4, 1, 2**32 - 1), (0xB002, 7, 2**31, 0))
    yield "countless images in it", jpeg(segment(0xE2, index))
    yield "a web page in it", jpeg(segment(0xFE, HTML)) + HTML


def _gifs() -> Iterator[tuple[str, bytes]]:
    yield "65,535 × 65,535", gif(65_535, 65_535, frame_of(1, 1))
    yield "a frame beyond the screen", gif(1, 1, frame_of(65_535, 1, 65_535, 65_535))
    yield "10,000 frames", animated("GIF", 10_000)
    comment = b"!\xfe" + (b"\xff" + b"x" * 255) * 35_000 + b"\0"
    yield "a comment of 9 MiB", gif(1, 1, comment + frame_of(1, 1))
    yield "49 megapixels that end early", gif(7000, 7000, frame_of(7000, 7000))
    script = b"=1;" + HTML
    yield "a script after it", gif(1, 1, frame_of(1, 1)) + script


def _webps() -> Iterator[tuple[str, bytes]]:
    whole = picture(kind="WEBP", lossless=True)
    at = whole.index(b"VP8L") + 9
    yield "16,383 × 16,383", whole[:at] + b"\xfe\xbf\xff\x0f" + whole[at + 4 :]
    yield "a canvas of 2^48 pixels", webp(2**24, 2**24)
    yield "10,000 frames", animated("WEBP", 10_000)
    yield "truncated", picture((300, 300), kind="WEBP")[:60]
