"""Choose the shown values: by field group, from the best claim, gaps filled from lower ones.

The order of sources is a table; a tenant may reorder it, but what was posted always stays above
TripIt and e-mail (design, section 5, rule 2).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from schemas.booking_record import SOURCES, Owner, Revision, Source
from schemas.segments import FieldGroup
from schemas.settings import SOURCE_TIERS, TenantSettings
from services.consolidator.domain.stated import Units, join_numbers

DEFAULT_ORDER: tuple[Source, ...] = SOURCES
_PROVIDER_FIRST: tuple[Source, ...] = ("manual", "supplier", "tmc", "booking_tool", "tripit", "email")

DEFAULT_ORDERS: Mapping[FieldGroup, tuple[Source, ...]] = {
    **dict.fromkeys(FieldGroup, DEFAULT_ORDER),
    # Who provides the service knows best whether it stands, its number, the seat or room, the price.
    FieldGroup.STATUS: _PROVIDER_FIRST,
    FieldGroup.CONFIRMATIONS: _PROVIDER_FIRST,
    FieldGroup.PRICE_AND_CHARGES: _PROVIDER_FIRST,
    FieldGroup.SEAT_ROOM_CLASS: _PROVIDER_FIRST,
}


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A claim as precedence sees it: who says which values, and how new that is."""

    record: str
    owner: Owner
    revision: Revision
    units: Units


class Won(NamedTuple):
    """Fields of one group that came from one voice."""

    group: FieldGroup
    fields: tuple[str, ...]
    voice: Voice
    filled: bool


class Lost(NamedTuple):
    """Values of one voice that are not shown."""

    group: FieldGroup
    values: Mapping[str, Any]
    voice: Voice
    to: Voice | None
    """Who has the say on them; None where a day would not fit the other end from another source."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is shown of a segment, and whose values that are."""

    shown: dict[str, Any]
    won: list[Won]
    lost: list[Lost]


def order_of_sources(settings: TenantSettings, group: FieldGroup) -> tuple[Source, ...]:
    """Return the sources for a group, best first: people, then what was posted, then the rest.

    A tenant's order counts within the posted sources and within TripIt and e-mail, never across.
    """
    return _ordered(group, settings.precedence.get(group, ()))


@cache
def _ordered(group: FieldGroup, wanted: tuple[Source, ...]) -> tuple[Source, ...]:
    default = DEFAULT_ORDERS[group]
    ordered: list[Source] = [*wanted, *(source for source in default if source not in wanted)]
    return tuple(sorted(ordered, key=SOURCE_TIERS.__getitem__))


@cache
def _ranks(group: FieldGroup, wanted: tuple[Source, ...]) -> Mapping[Source, int]:
    return {source: rank for rank, source in enumerate(_ordered(group, wanted))}


def ranks_of_sources(settings: TenantSettings, group: FieldGroup) -> Mapping[Source, int]:
    """Return the place of each source for a group, 0 for the best."""
    return _ranks(group, settings.precedence.get(group, ()))


def choose(voices: Iterable[Voice], settings: TenantSettings) -> Choice:
    """Return the shown values of a segment, from which voice each of them came, and what lost.

    By source, within a source the newer revision wins, then the key.
    """
    newest_first = sorted(voices, key=lambda voice: (voice.revision.order(), voice.record), reverse=True)
    spoken_of = {group for voice in newest_first for group in voice.units}
    choice = Choice({}, [], [])
    for group in FieldGroup:
        if group in spoken_of:
            ranks = ranks_of_sources(settings, group)
            _choose_group(group, sorted(newest_first, key=lambda voice: ranks[voice.owner.source]), choice)
    join_numbers(choice.shown)
    return choice


def _choose_group(group: FieldGroup, voices: Iterable[Voice], choice: Choice) -> None:
    """Let the best voice have the group, and those after it, in their order, what it left unsaid."""
    taken: dict[str, Voice] = {}
    for voice in voices:
        won: list[str] = []
        filled = bool(taken)
        for unit, values in voice.units.get(group, _NOTHING).items():
            if unit in taken or not _fits(unit, values, choice.shown):
                choice.lost.append(Lost(group, values, voice, to=taken.get(unit)))
            else:
                taken[unit] = voice
                choice.shown.update(values)
                won += values
        if won:
            choice.won.append(Won(group, tuple(sorted(won)), voice, filled))


_NOTHING: Mapping[str, Mapping[str, Any]] = {}


def _fits(unit: str, values: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Say whether a start or end from one source can stand beside the other from another source."""
    if unit not in {"start", "end"}:
        return True
    start = values.get("start") if unit == "start" else shown.get("start")
    end = values.get("end") if unit == "end" else shown.get("end")
    if start is None or end is None:
        return True
    if all("offset_minutes" in moment and "T" in moment["local"] for moment in (start, end)):
        return True  # a westbound flight may arrive before it left, by the wall clock
    return end["local"][:10] >= start["local"][:10]
