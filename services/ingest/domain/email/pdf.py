"""PDF: its text in the order of reading, and the bar codes on its first pages, by PDFium."""

from typing import Any, NamedTuple

import pypdfium2  # pyright: ignore[reportMissingTypeStubs] - it has none

from services.ingest.domain.email.bounds import MAX_PDF_BYTES, MAX_PDF_PAGES, UNREADABLE
from services.ingest.domain.email.charsets import normal_text
from services.ingest.domain.email.pdf_columns import text_of
from services.ingest.domain.email.pictures import codes_in

_DRAWN_PAGES = 6
_SCALE = 2.5
"""Of 72 dots an inch: what a printed bar code needs to be told apart."""
_MAX_SIDE = 2000


class Document(NamedTuple):
    """What a PDF holds for us."""

    text: str
    codes: tuple[str, ...]


def read_pdf(body: bytes) -> Document | None:
    """Read a PDF; None where it is encrypted, broken or too large."""
    if len(body) > MAX_PDF_BYTES:
        return None
    try:
        document: Any = pypdfium2.PdfDocument(body)
    except (pypdfium2.PdfiumError, *UNREADABLE):
        return None
    try:
        return _read(document)
    except (pypdfium2.PdfiumError, *UNREADABLE):
        return None
    finally:
        document.close()


def _read(document: Any) -> Document:  # noqa: ANN401 - the library has no types
    texts: list[str] = []
    codes: list[str] = []
    for number in range(min(len(document), MAX_PDF_PAGES)):
        page = document[number]
        text_page = page.get_textpage()
        texts.append(text_of(text_page))
        if number < _DRAWN_PAGES and _has_drawings(page):
            codes.extend(codes_in(_drawn(page)))
        text_page.close()
        page.close()
    return Document(normal_text("\n".join(texts)), tuple(dict.fromkeys(codes)))


def _has_drawings(page: Any) -> bool:  # noqa: ANN401 - the library has no types
    """Text alone holds no bar code; a picture, a form or many paths may be one."""
    kinds = [each.type for _, each in zip(range(200), page.get_objects(max_depth=2), strict=False)]
    pictures = sum(kind in {_RAW.FPDF_PAGEOBJ_IMAGE, _RAW.FPDF_PAGEOBJ_FORM} for kind in kinds)
    return pictures > 0 or sum(kind == _RAW.FPDF_PAGEOBJ_PATH for kind in kinds) > _FEW_PATHS


_RAW: Any = pypdfium2.raw
_FEW_PATHS = 40


def _drawn(page: Any) -> Any:  # noqa: ANN401 - the library has no types
    width, height = page.get_size()
    scale = min(_SCALE, _MAX_SIDE / max(width, height, 1))
    return page.render(scale=scale, grayscale=True).to_pil()
