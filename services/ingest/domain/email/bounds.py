"""How much of a stranger's mail is read. Beyond it a mail is rejected, or a part skipped with a note."""

import struct
import zipfile
import zlib
from typing import Any, cast

from lxml import etree  # pyright: ignore[reportMissingTypeStubs, reportAttributeAccessIssue, reportUnknownVariableType] - lxml has no types

MAX_MAIL_BYTES = 25 * 1024 * 1024
MAX_PARTS = 500
MAX_DEPTH = 12
"""Mails in mails and multiparts in multiparts."""
MAX_HEADER_CHARACTERS = 4_000
MAX_TEXT_CHARACTERS = 120_000
"""Of one text part; the longest itineraries seen are a quarter of it."""
MAX_HTML_BYTES = 3 * 1024 * 1024
MAX_MARKUP_BLOCKS = 60
MAX_CALENDAR_BYTES = 1024 * 1024
MAX_EVENTS = 60
MAX_PASS_BYTES = 8 * 1024 * 1024
MAX_PASS_JSON_BYTES = 512 * 1024
MAX_PASSES = 20
MAX_PDF_BYTES = 15 * 1024 * 1024
MAX_PDF_PAGES = 12
MAX_IMAGES = 12
MAX_IMAGE_BYTES = 6 * 1024 * 1024
MAX_IMAGE_PIXELS = 16_000_000
MAX_RESERVATIONS = 200
"""Of one mail, all engines together."""

UNREADABLE: tuple[type[Exception], ...] = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError,
    EOFError, OSError, NotImplementedError, SyntaxError, struct.error, zipfile.BadZipFile, zlib.error,
    cast("Any", etree).LxmlError,
)  # fmt: skip
"""What libraries raise at strangers' broken bytes. Caught around a library's call alone, never around our
code: that a part cannot be read is a fact about the mail, and becomes a note (poison is a value)."""
