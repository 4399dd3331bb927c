"""Vendors by the domains that they write from, and templates of lines that are read field by field.

A template is a line of text with fields in braces; a blank in it stands for any run of blanks. It becomes a
regular expression without nested repetition, so that reading takes linear time.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from services.ingest.domain.email.dates import plain

_FIELDS = {
    "carrier": r"[A-Z][A-Z0-9]|\d[A-Z]", "flight_number": r"\d{1,4}", "class": r"[A-Z]", "day": r"\d{1,2}[A-Z]{3}(?:\d{2})?",
    "end_day": r"\d{1,2}[A-Z]{3}(?:\d{2})?", "weekday": r"[A-Z0-9]{1,3}", "origin": r"[A-Z]{3}", "destination": r"[A-Z]{3}",
    "place": r"[A-Z]{3}", "status": r"[A-Z]{2}", "count": r"\d{1,2}", "start": r"\d{3,4}[APNM]?|\d{1,2}:\d{2}[APNM]?",
    "end": r"\d{3,4}[APNM]?|\d{1,2}:\d{2}[APNM]?", "later": r"[+#*]\d|[|+](?!\d)|(?<=[APNM])\d(?=\*)", "number": r"[A-Z0-9-]{4,20}", "vendor": r"[A-Z]{2}",
    "origin_name": r"[A-Z][A-Z .'/-]{1,24}?", "destination_name": r"[A-Z][A-Z .'/-]{1,24}?", "rest": r"[^\n]{0,80}", "airline": r"[A-Z][A-Z .]{1,30}?", "gap": r"[ \t]{2,}", "weekday_name": r"[A-ZÁÉ]{2,12}", "next": r"\n[ \t]*", "lines": r"(?:\n[^\n]{0,80}){0,2}?\n[ \t]*",
    "car_class": r"[A-Z]{4}", "name": r"[^\n/]{2,60}?", "skip": r"[^\n]{0,80}?", "sign": r"[#+*]", "star": r"[ \t]*\*?[ \t]*(?:\d{1,2}/\d{1,2}[ \t]+)?",
}  # fmt: skip
"""Fields of templates and what they may hold."""
_UNNAMED = frozenset({"skip", "sign", "star", "rest", "next", "lines", "airline", "gap", "weekday_name"})
"""Fields that may stand in a template more than once, and of which nobody asks what they hold."""
_FIELD = re.compile(r"\{(\w+)\}")


class Vendor(NamedTuple):
    """Who sends booking mails."""

    name: str
    trade: str
    """airline, hotel, car, rail, bus, site, dining, event, parking, ride, agency."""
    domains: tuple[str, ...]
    code: str | None = None
    """IATA code of an airline, two letters of a rental company."""
    sells: str | None = None
    """The trade of what a site sells, where that is one."""


class Template(NamedTuple):
    """How some system writes one kind of segment."""

    kind: str
    pattern: re.Pattern[str]


@cache
def _read() -> tuple[tuple[Vendor, ...], tuple[Template, ...]]:
    vendors: list[Vendor] = []
    templates: list[Template] = []
    folder = files("services.ingest.domain.email").joinpath("vendors")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            content: dict[str, Any] = tomllib.loads(entry.read_text(encoding="utf-8"))
            vendors.extend(_vendor(row) for row in content.get("vendor", []))
            for kind, lines in content.get("templates", {}).items():
                templates.extend(Template(kind, compiled(line)) for line in lines)
    return tuple(vendors), tuple(templates)


def _vendor(row: Mapping[str, Any]) -> Vendor:
    return Vendor(row["name"], row["trade"], tuple(row["domains"].split()), row.get("code"), row.get("sells"))


def compiled(template: str) -> re.Pattern[str]:
    """Return the expression of a template, which is searched for at the beginning of lines."""
    pieces: list[str] = []
    at = 0
    for field in _FIELD.finditer(template):
        pieces.append(_literal(template[at : field.start()]))
        name = field[1]
        pieces.append(f"(?:{_FIELDS[name]})" if name in _UNNAMED else f"(?P<{name}>{_FIELDS[name]})")
        at = field.end()
    pieces.append(_literal(template[at:]))
    return re.compile(rf"^[ \t]*(?:\d{{1,2}}[ .:]{{0,2}}[ \t]*)?{''.join(pieces)}", re.MULTILINE)


def _literal(text: str) -> str:
    return "".join(
        "[ \\t]+" if piece == " " else ("[ \\t]*" if piece == "~" else re.escape(piece)) for piece in text
    )


def templates() -> tuple[Template, ...]:
    """Return every template, in the order of the files."""
    return _read()[1]


@cache
def _by_domain() -> dict[str, Vendor]:
    return {domain: vendor for vendor in _read()[0] for domain in vendor.domains}


@cache
def vendor_names() -> frozenset[str]:
    """Return the names of all vendors, without case and accents."""
    return frozenset(plain(vendor.name) for vendor in _read()[0])


def vendor_of(address: str | None) -> Vendor | None:
    """Return the vendor that writes from an address, whatever stands before its domain."""
    labels = (address or "").rpartition("@")[2].lower().split(".")
    known = _by_domain()
    exact = next(
        (known[domain] for at in range(len(labels)) if (domain := ".".join(labels[at:])) in known), None
    )
    is_of_a_country = len(labels[-1]) == len("de")
    return exact or (_by_name().get(_registered(address)) if is_of_a_country else None)


@cache
def _by_name() -> dict[str, Vendor]:
    """Return vendors by what their domains are called in any country: `flixbus.pl` as `flixbus.com`."""
    names = {
        _registered(domain): vendor for domain, vendor in _by_domain().items() if domain.endswith(".com")
    }
    return {name: vendor for name, vendor in names.items() if len(name) >= _SHORTEST_NAME}


def _registered(address: str | None) -> str:
    """Return the name that somebody registered, without what it is registered under."""
    return (domain_of(address) or "").lower().partition(".")[0]


_SHORTEST_NAME = 4


_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "gov", "or", "ne", "go"})


def domain_of(address: str | None) -> str | None:
    """Return the domain that somebody registered: two labels, or three under such as `co.uk`."""
    labels = (address or "").rpartition("@")[2].split(".")
    if len(labels) < 2 or not all(labels):
        return None
    count = 3 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-count:])
