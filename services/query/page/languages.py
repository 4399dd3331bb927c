"""The languages of the page: gettext catalogues, read as they lie beside the code, and dates by CLDR."""

import io
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_SOURCE = "en"
"""The language that templates are written in; it needs no catalogue."""
_CATALOGUES = files(__package__ or "") / "catalogues"
LANGUAGES: tuple[str, ...] = (_SOURCE, "de")


def chosen(accept_language: str) -> Locale:
    """Return the locale that an Accept-Language header likes best among ours (RFC 9110, section 12.5.4)."""
    wanted = sorted(_weighed(accept_language).items(), key=lambda entry: -entry[1])
    tags = [tag.replace("-", "_") for tag, weight in wanted if weight > 0]
    known = negotiate_locale(tags, LANGUAGES) or _SOURCE
    spoken = next((tag for tag in tags if tag.split("_")[0].lower() == known and _exists(tag)), known)
    return Locale.parse(spoken if spoken != _SOURCE else "en_GB")


def _weighed(header: str) -> Mapping[str, float]:
    weights: dict[str, float] = {}
    for part in header.split(","):
        tag, _, quality = part.partition(";")
        try:
            weights[tag.strip()] = float(quality.partition("=")[2] or 1)
        except ValueError:
            weights[tag.strip()] = 0.0
    return weights


def _exists(tag: str) -> bool:
    try:
        Locale.parse(tag)
    except ValueError:
        return False
    return True


@cache
def translations(language: str) -> NullTranslations:
    """Return what turns the texts of the templates into a language."""
    if language == _SOURCE:
        return NullTranslations()
    with (_CATALOGUES / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
