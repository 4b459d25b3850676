"""Draw the preview of an image, as a program that imports nothing of this package.

python -I thumbnail.py image/png < image > preview

It decodes untrusted images, so it runs in a process with few resources: a decoder that
crashes, or never ends, harms nothing else. It is not run as a module of the package,
because that would load the whole application.
"""

import os
import resource
import sys
import warnings
from io import BytesIO
from math import ceil
from typing import IO, Any

MAX_MEMORY_BYTES = 256 * 1024 * 1024  # of address space, of which it uses less
MAX_CPU_S = 8
NICENESS = 19
MAX_PIXELS = 50_000_000
MAX_TEXT_BYTES = 16 * 1024 * 1024  # of a PNG, in which diagrams keep their source
MAX_SIDE = 1024  # pixels
QUALITY = 80
BAND_ROWS = 64  # of the reduced image
# The only decoder that is used for each media type.
DECODERS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
ORIENTATION = 0x0112  # of Exif
CANNOT_DRAW = 3  # the exit status if another attempt would fail, too


def main() -> None:
    """Read an image from standard input; write its preview to standard output.

    The program exits with ``CANNOT_DRAW`` if the image has no preview.
    """
    limit_resources()
    import PIL.Image  # noqa: F401  (with the limits in force: it takes memory, too)

    preview = BytesIO()
    try:
        draw(DECODERS[sys.argv[1]], sys.stdin.buffer, preview)
    except Exception:
        sys.exit(CANNOT_DRAW)
    sys.stdout.buffer.write(preview.getbuffer())


def limit_resources() -> None:
    """Limit the memory and the processor time of this process; lower its priority."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draw(decoder: str, source: IO[bytes], target: IO[bytes]) -> None:
    """Write the preview of an image: WebP, its first frame, upright, no metadata.

    :raises Exception: it cannot be decoded, or is too large.
    """
    from PIL import Image, PngImagePlugin

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = MAX_TEXT_BYTES
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(source, formats=[decoder]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError("too many pixels")
        if decoder == "JPEG":  # decode it at a reduced size
            image.draft("RGB", (MAX_SIDE, MAX_SIDE))
        transposition, small = _transposition(image), _reduced(image)
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    if transposition is not None:
        small = small.transpose(transposition)
    small.info.clear()
    small.save(target, "WEBP", quality=QUALITY, exif=b"", xmp=b"", icc_profile=b"")


def _reduced(image: Any) -> Any:
    """Return an image in RGB or RGBA, reduced by a whole factor.

    The sides stay at least as long as those of the preview. The image is converted band
    by band, since a copy of the whole would exceed the memory limit.
    """
    from PIL import Image

    mode = "RGBA" if image.has_transparency_data else "RGB"
    factor = max(*image.size) // MAX_SIDE or 1
    width, height = image.size
    reduced = Image.new(mode, (ceil(width / factor), ceil(height / factor)))
    for top in range(0, height, factor * BAND_ROWS):
        bottom = min(top + factor * BAND_ROWS, height)
        band = image.crop((0, top, width, bottom))
        if band.mode.startswith("I;16"):  # keep the upper 8 of 16 bits
            band = band.convert("I").point(lambda value: value / 256, "L")
        reduced.paste(band.convert(mode).reduce(factor), (0, top // factor))
    return reduced


def _transposition(image: Any) -> Any:
    """Return the transposition of Exif that makes an image upright, if there is one."""
    from PIL.Image import Transpose

    try:
        orientation = image.getexif().get(ORIENTATION)
    except Exception:  # its metadata is broken, which does not matter
        return None
    transpositions = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return transpositions.get(orientation)


if __name__ == "__main__":
    main()
