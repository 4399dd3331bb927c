"""The fields of a wallet pass, found by what they are called in the pass or what their labels say."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from schemas.segments import Place
from services.ingest.domain.email.dates import Reader, hours, plain
from services.ingest.domain.email.items import Item
from services.ingest.domain.email.values import code, prose
from services.ingest.domain.email.when import Stamp, iso_stamp, moment_of
from services.ingest.domain.email.words import table
from services.ingest.domain.places import airport, airport_named

_GROUPS = ("headerFields", "primaryFields", "secondaryFields", "auxiliaryFields", "backFields")
_FACE = 4
"""Groups on the front of the pass; only its back has running text."""
_FLIGHT = re.compile(r"\b([A-Z]{2}|[A-Z]\d|\d[A-Z])\s?0*(\d{1,4})\b")
_IATA = re.compile(r"\b([A-Z]{3})\b")
_MAX_FIELDS = 100
_HOUR = re.compile(r"\s*\d{1,2}[:.h]\d{2}(?:\s?[ap]\.?m\.?|\s?uhr)?\s*", re.IGNORECASE)


class Fields:
    """What a pass states, asked for by the words of the language."""

    def __init__(self, raw: dict[str, Any], *, style: str, written: datetime) -> None:
        self._raw = Item(raw)
        self._reader = Reader(near=written.date())
        self._semantics = dict(_semantics(raw))
        self._fields: list[tuple[str, str, str]] = []
        self._primary: list[tuple[str, str, str]] = []
        self._primary_labels: list[str] = []
        for number, group in enumerate(_GROUPS):
            for field in Item(raw[style]).items(group)[:_MAX_FIELDS]:
                value = field.text("attributedValue", "value") if number >= _FACE else field.text("value")
                if value is None:
                    continue
                key = plain(field.text("key") or "").replace("-", "").replace(" ", "")
                label = field.text("label") or ""
                entry = (key, plain(label), value)
                self._fields.append(entry)
                self._semantics.update(_semantics(cast("Any", field.raw)))
                if group == "primaryFields":
                    self._primary.append(entry)
                    self._primary_labels.append(label)

    @property
    def organisation(self) -> str | None:
        """Who issued the pass."""
        return self._raw.text("organizationName")

    @cached_property
    def bar_codes(self) -> tuple[str, ...]:
        """What the pass shows as a bar code."""
        codes = [each.text("message") for name in ("barcodes", "barcode") for each in self._raw.items(name)]
        return tuple(dict.fromkeys(filter(None, codes)))

    @property
    def relevant(self) -> Stamp | None:
        """When the pass comes up on the telephone: about the departure, or the doors."""
        stated = self._raw.text("relevantDate")
        if stated is None:
            dates = self._raw.items("relevantDates")
            stated = dates[0].text("date", "startDate") if dates else None
        return iso_stamp(stated) if stated else None

    @property
    def latitude(self) -> str | None:
        """Of the one place where the pass comes up."""
        return self._coordinate("latitude")

    @property
    def longitude(self) -> str | None:
        """Of the one place where the pass comes up."""
        return self._coordinate("longitude")

    def _coordinate(self, name: str) -> str | None:
        places = self._raw.items("locations")
        text = places[0].text(name) if len(places) == 1 else None
        return text if text and re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,30})?", text) else None

    def semantic(self, name: str) -> str | None:
        """Return a machine-readable tag."""
        return self._semantics.get(name)

    def value(self, wanted: str) -> str | None:
        """Return a field by its tag, its key, or else a word of its label."""
        return next(self.values(wanted), None)

    def values(self, wanted: str) -> Iterator[str]:
        """Return all fields that may be meant, the likeliest first: by tags, keys, and words of labels."""
        names: dict[str, str] = table("wallet")[wanted]
        for tag in names.get("semantic", "").split():
            if (stated := self._semantics.get(tag)) is not None:
                yield stated
        for key in names["keys"].split():
            for field in self._fields:
                if field[0].replace("_", "") == key.replace("_", ""):
                    yield field[2]
        labels = [set(plain(label).split("|")) for label in names["labels"].split()]
        for field in self._fields:
            words = set(re.findall(r"\w+", field[1]))
            if any(label <= words for label in labels):
                yield field[2]

    def first_primary(self) -> str | None:
        """Return the largest text on the pass."""
        return self._primary[0][2] if self._primary else None

    def airport(self, end: str) -> Place | None:
        """Return an airport by its field, whose label often bears the name of the code it shows."""
        texts = [self.value(end) or ""]
        position = 0 if end == "origin" else 1
        if len(self._primary) > position:
            texts.extend([self._primary[position][2], self._primary[position][1].upper()])
        for text in texts:
            for found in _IATA.findall(text):
                if airport(found) is not None:
                    name = texts[0] if len(texts[0]) > len("FRA") else None
                    return Place(code=found, name=prose(name))
        named = next((name for text in texts if text and (name := airport_named(text))), None)
        return Place(code=named, name=prose(texts[0])) if named else None

    def station(self, end: str) -> Place | None:
        """Return a station or stop."""
        position = 0 if end == "origin" else 1
        text = self.value(end)
        if text is None and len(self._primary) > 1:
            text = self._primary[position][2]
        if text is not None and _HOUR.fullmatch(text) and len(self._primary) > 1:
            text = self._primary_labels[position]  # the station above its hour
        return Place(name=prose(text)) if prose(text) else None

    def flight(self) -> tuple[str | None, str | None]:
        """Return carrier and number."""
        stated = f"{self.semantic('airlineCode') or ''} {self.semantic('flightNumber') or ''}"
        for text in (stated, self.value("flight") or "", *(field[2] for field in self._fields[:_MAX_FIELDS])):
            found = _FLIGHT.search(text[:60])
            if found is not None:
                return found[1], found[2]
        return None, code(self.semantic("flightNumber"))

    def departure(self, place: Place | None) -> Stamp | None:
        """Return when it leaves: a stated hour on the day of the pass, else when the pass comes up."""
        return self._time("departure", place, else_relevant=True)

    def arrival(self, place: Place | None) -> Stamp | None:
        """Return when it arrives, where the pass says so."""
        return self._time("arrival", place, else_relevant=False)

    def visited(self, wanted: str) -> Stamp | None:
        """Return a day that a pass states for `check_in` or `check_out`."""
        return self._stamp(self.value(wanted) or "")

    def event_start(self) -> Stamp | None:
        """Return when an event begins."""
        exact = iso_stamp(self.semantic("eventStartDate") or "")
        return exact or self._stamp(self.value("date") or "") or self.relevant

    def _time(self, wanted: str, place: Place | None, *, else_relevant: bool) -> Stamp | None:
        day = self._day(place)
        for stated in self.values(wanted):
            exact = self._stamp(stated)
            if exact is not None:
                return exact
            hour = next(hours(stated), None)
            if hour is not None and day is not None:
                return Stamp(f"{day}T{hour.hour.isoformat()}")
        if not else_relevant:
            return None
        if self.relevant is not None and self._is_departure(self.relevant, place):
            return self.relevant
        stated = self._stamp(self.value("date") or "")
        if stated is not None and stated.has_time and self._is_departure(stated, place):
            return stated
        return Stamp(day) if day is not None else None

    def _is_departure(self, relevant: Stamp, place: Place | None) -> bool:
        """Say whether a pass comes up at the departure: on its day, and behind the boarding."""
        moment, boarding = moment_of(relevant, place=place, is_instant=True), self.value("boarding")
        if boarding is None:
            return True
        hour = next(hours(boarding), None)
        if hour is None or moment is None or not moment.has_time or moment.date != self._day(place):
            return False
        return moment.local[11:16] > hour.hour.isoformat()[:5]

    def _day(self, place: Place | None) -> str | None:
        stamp = self._stamp(self.value("date") or "") or self.relevant
        moment = moment_of(stamp, place=place, is_instant=True)
        return None if moment is None else moment.date

    def _stamp(self, text: str) -> Stamp | None:
        exact = iso_stamp(text)
        if exact is not None:
            return exact
        days = self._reader.days(text)
        if not days:
            return None
        hour = next(hours(text, days=days), None)
        day = days[0].day.isoformat()
        return Stamp(day) if hour is None else Stamp(f"{day}T{hour.hour.isoformat()}")


def _semantics(holder: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the tags that hold texts, and the names of people written apart."""
    stated = holder.get("semantics")
    if not isinstance(stated, dict):
        return []
    tags: list[tuple[str, str]] = []
    for name, value in cast("dict[str, Any]", stated).items():
        if isinstance(value, str | int):
            tags.append((name, str(value)))
        elif isinstance(value, dict):
            person = Item(cast("dict[str, Any]", value))
            whole = " ".join(filter(None, (person.text("givenName"), person.text("familyName"))))
            if whole:
                tags.append((name, whole))
    return tags
