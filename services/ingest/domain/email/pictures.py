"""Bar codes in pictures: Aztec, QR, PDF417 and Data Matrix, by zxing-cpp."""

import io
from typing import Any

import zxingcpp
from PIL import Image

from services.ingest.domain.email.bounds import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, UNREADABLE

_FORMATS: Any = (
    zxingcpp.BarcodeFormat.Aztec, zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.DataMatrix,
)  # fmt: skip
_SMALLEST = 40
"""Pixels: below are spacers, logos' corners and counting pixels."""
_LARGEST = 2400
_FILE_FORMATS: Any = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")


def codes_in_file(body: bytes) -> list[str] | None:
    """Return the texts of the bar codes in a picture's file; None where it cannot be read or is too large."""
    if len(body) > MAX_IMAGE_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(body), formats=_FILE_FORMATS) as picture:
            width, height = picture.size
            if width * height > MAX_IMAGE_PIXELS:
                return None
            if min(width, height) < _SMALLEST:
                return []
            return codes_in(_grey(picture))
    except UNREADABLE:
        return None
    except Image.DecompressionBombError:
        return None


def _grey(picture: Image.Image) -> Image.Image:
    """Return a picture in shades of grey on white, for many a code stands on nothing."""
    if max(picture.size) > _LARGEST:
        picture.thumbnail((_LARGEST, _LARGEST))
    if picture.mode in {"P", "RGBA", "LA"} or "transparency" in picture.info:
        coloured = picture.convert("RGBA")
        ground = Image.new("RGBA", coloured.size, "white")
        picture = Image.alpha_composite(ground, coloured)
    return picture.convert("L")


def codes_in(picture: Image.Image) -> list[str]:
    """Return the texts of the bar codes in a picture."""
    found: Any = zxingcpp.read_barcodes(picture, formats=_FORMATS)
    return [_text(each) for each in found]


def _text(barcode: Any) -> str:  # noqa: ANN401 - the library has loose types
    """Return a code's text; one in bytes is taken as Latin-1, as tickets are."""
    raw: bytes = bytes(barcode.bytes)
    return raw.decode("latin-1") if raw else str(barcode.text)
