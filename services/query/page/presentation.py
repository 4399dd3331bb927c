"""Templates, and what they call to put values into words: the only place that knows HTML from text."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, cast

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import i18n

from schemas.money import Money
from schemas.segments import SegmentType
from schemas.times import Moment
from schemas.trip import TripBooking, TripSegment
from services.query.domain import timeline, wording
from services.query.domain.between_facts import Fact
from services.query.domain.own_bookings import is_typed
from services.query.page.fact_words import said
from services.query.page.field_words import FIELDS, NO, VALUES, YES
from services.query.page.languages import translations
from services.query.page.vendored import SCRIPTS

STATIC = files(__package__ or "") / "static"
_MINUTES_AN_HOUR = 60
_N = str
"""Marks a text for translation where it is only named."""
_SOURCES = {
    "manual": _N("a person"),
    "tmc": _N("travel agency"),
    "supplier": _N("supplier"),
    "booking_tool": _N("booking tool"),
    "tripit": _N("TripIt"),
    "email": _N("e-mail"),
}
_NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""What CLDR names by two letters beside the countries of ISO 3166 and Kosovo."""
_LETTERS_OF_A_COUNTRY = 2


def _plain(name: str) -> str:
    """Return a name without accents: Österreich stands among those with an O."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()


class Words:
    """Puts values into the words of one language: local clocks as written, never the reader's own."""

    def __init__(self, locale: Locale) -> None:
        self.locale = locale
        self.language = locale.language
        self._say = translations(locale.language).gettext
        self._count = translations(locale.language).ngettext

    def kind(self, segment_type: SegmentType) -> str:
        """Say what a segment is."""
        return wording.kind(segment_type, say=self._say)

    def headline(self, segment: TripSegment, edge: str = "whole") -> str:
        """Say what a row of the timeline is."""
        return wording.headline(segment, edge=timeline.Edge(edge), manner=wording.Manner(self._say))

    def source(self, source: str) -> str:
        """Say what kind of sender said something."""
        return self._say(_SOURCES.get(source, source))

    def teller(self, booking: TripBooking) -> str:
        """Say who told of a booking; of a typed one not who, since a traveller and their company both may."""
        if is_typed(booking):
            return self._say("typed in on the page")
        return f"{self.source(booking.source)}: {booking.booking_source}"

    def countries(self) -> list[tuple[str, str]]:
        """Return the codes and names of countries in the order of the alphabet."""
        names = cast("Mapping[str, str]", self.locale.territories)
        codes = {code for code in names if len(code) == _LETTERS_OF_A_COUNTRY} - _NO_COUNTRIES
        return sorted(((code, names[code]) for code in codes), key=lambda one: _plain(one[1]))

    def field(self, name: str) -> str:
        """Say what a field is called; one of a source's own keeps its name."""
        known = FIELDS.get(name)
        return name.replace("_", " ") if known is None else self._say(known)

    def value(self, field: str, value: str) -> str:
        """Say what a field says where that is a word of ours; all else stays as it is."""
        known = VALUES.get(field, {}).get(value)
        return value if known is None else self._say(known)

    def yes_or_no(self, value: bool) -> str:
        """Say whether something is so."""
        return self._say(YES if value else NO)

    def fact(self, fact: Fact, segments: Mapping[str, TripSegment]) -> str:
        """Say what lies between the segments of a trip."""
        return said(fact, words=self, segments=segments)

    def say(self, text: str) -> str:
        """Say a text that is written in English."""
        return self._say(text)

    def count(self, one: str, many: str, number: int) -> str:
        """Say a text of one or of many."""
        return self._count(one, many, number)

    def clock(self, moment: Moment | None) -> str:
        """Say a time of day; a time that no source gave is said to be missing, and is never midnight."""
        if moment is None or not moment.has_time:
            return self._say("time not given")
        return format_time(time.fromisoformat(moment.local[11:]), format="HH:mm", locale=self.locale)

    def day(self, local: str) -> str:
        """Say a date for a heading: Thursday 3 December 2026."""
        return format_date(date.fromisoformat(local[:10]), format="full", locale=self.locale)

    def short_day(self, local: str) -> str:
        """Say a date in little space: Thu 3 Dec."""
        return format_skeleton("MMMEd", date.fromisoformat(local[:10]), locale=self.locale)

    def span(self, first: str | None, last: str | None) -> str:
        """Say from when to when a trip goes."""
        if first is None or last is None:
            return self._say("no dates yet")
        begin, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
        closing = format_skeleton("yMMMEd", end, locale=self.locale)
        if begin == end:
            return closing
        if begin.year == end.year:
            return f"{self.short_day(first)} – {closing}"
        return f"{format_skeleton('yEEEdMMM', begin, locale=self.locale)} – {closing}"

    def month(self, local: str) -> str:
        """Say a month for a heading: December 2026."""
        return format_skeleton("yMMMM", date.fromisoformat(local[:10]), locale=self.locale)

    def instant(self, instant: str | None) -> str:
        """Say an instant of ours, in UTC and named so."""
        if instant is None:
            return ""
        moment = datetime.fromisoformat(instant)
        return f"{format_skeleton('yMMMd', moment, locale=self.locale)} {moment:%H:%M} UTC"

    def moment(self, moment: datetime) -> str:
        """Say an instant of the database, in UTC and named so."""
        return self.instant(moment.astimezone(UTC).isoformat())

    def offset(self, minutes: int | None) -> str:
        """Say how far a clock is from UTC, such as UTC+9; with a true minus sign to the west."""
        if minutes is None:
            return ""
        hours, rest = divmod(abs(minutes), _MINUTES_AN_HOUR)
        sign = "\N{MINUS SIGN}" if minutes < 0 else "+"
        return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")

    def duration(self, minutes: int) -> str:
        """Say how long something takes: 1 h 25 min."""
        hours, rest = divmod(minutes, _MINUTES_AN_HOUR)
        parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
        return " ".join(part for part in parts if part)

    def money(self, amount: Money) -> str:
        """Say an amount in its own currency; nothing is converted."""
        number = Decimal(amount.amount)
        if amount.currency is None:
            return format_decimal(number, locale=self.locale)
        return format_currency(number, amount.currency, locale=self.locale, currency_digits=False)

    def several(self, texts: list[str]) -> str:
        """Say a list: a, b and c."""
        return format_list(texts, locale=self.locale)


@cache
def _in_language(language: str) -> Environment:
    """Return the templates of a language: the extension keeps its words in what overlays would share."""
    environment = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=[i18n],
    )
    offered: dict[str, Any] = {
        "place_name": wording.place_name,
        "place_with_code": wording.place_with_code,
        "nights_of": timeline.nights_of,
        "lasts_minutes": timeline.lasts_minutes,
        "days_later": timeline.days_later,
        "places_of": timeline.places_of,
        "sources_of": timeline.sources_of,
        "is_typed": is_typed,
        "days_on": _days_on,
        "static": static_url,
        "scripts": tuple(SCRIPTS.values()),
    }
    environment.globals.update(offered)  # pyright: ignore[reportUnknownMemberType]
    # The extension adds this to the environment that it stands in.
    environment.install_gettext_translations(translations(language), newstyle=True)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    return environment


def _days_on(local: str, days: int) -> str:
    return (date.fromisoformat(local) + timedelta(days=days)).isoformat()


def rendered(template: str, *, locale: Locale, context: Mapping[str, Any]) -> str:
    """Return a page as HTML."""
    return _in_language(locale.language).get_template(template).render(words=Words(locale), **context)


@cache
def static_url(name: str) -> str:
    """Return the address of a file of ours; it changes with the content, so that browsers may keep it."""
    content = STATIC.joinpath(name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
