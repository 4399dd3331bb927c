"""Choose the shown values: by field group, from the best claim, gaps filled from lower ones.

The order of sources is a table; a tenant may reorder it, but what was posted always stays above
TripIt and e-mail (design, section 5, rule 2).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    say: dict[FieldGroup, Mapping[str, Voice]]
    """By group and unit, who has the say."""


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
    """Return the shown values of a segment, and from which voice each of them came.

    By source, within a source the newer revision wins, then the key.
    """
    choice = Choice({}, [], {})
    for group, ranked in _by_group(voices, settings):
        choice.say[group] = _choose_group(group, ranked, choice)
    join_numbers(choice.shown, choice.say.get(FieldGroup.CONFIRMATIONS, ()))
    return choice


def lost(voices: Iterable[Voice], choice: Choice, settings: TenantSettings) -> list[Lost]:
    """Return what of these voices is not shown, by group, the best voice first."""
    return [
        Lost(group, values, voice, to=choice.say[group].get(unit))
        for group, ranked in _by_group(voices, settings)
        for voice in ranked
        for unit, values in voice.units[group].items()
        if choice.say[group].get(unit) is not voice
    ]


def _by_group(
    voices: Iterable[Voice], settings: TenantSettings
) -> Iterator[tuple[FieldGroup, Sequence[Voice]]]:
    """Yield, for each group that is spoken of, who speaks of it, the best first."""
    newest_first = sorted(voices, key=lambda voice: (voice.revision.order(), voice.record), reverse=True)
    speaking: dict[FieldGroup, list[Voice]] = {}
    for voice in newest_first:
        for group in voice.units:
            speaking.setdefault(group, []).append(voice)
    for group in _GROUPS:
        if group in speaking:
            ranks = ranks_of_sources(settings, group)
            yield group, sorted(speaking[group], key=lambda voice: ranks[voice.owner.source])


_GROUPS = tuple(FieldGroup)


def _choose_group(group: FieldGroup, ranked: Iterable[Voice], choice: Choice) -> Mapping[str, Voice]:
    """Let the best voice have the group, and those after it, in their order, what it left unsaid."""
    say: dict[str, Voice] = {}
    for voice in ranked:
        units = voice.units[group]
        if units.keys() <= say.keys():
            continue
        won: list[str] = []
        filled = bool(say)
        for unit, values in units.items():
            if unit not in say and (unit not in _ENDS or _fits(unit, values, choice.shown)):
                say[unit] = voice
                choice.shown.update(values)
                won += values
        if won:
            choice.won.append(Won(group, tuple(sorted(won)), voice, filled))
    return say


_ENDS = frozenset({"start", "end"})


def _fits(unit: str, values: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Say whether a start or end from one source can stand beside the other from another source."""
    start = values.get("start") if unit == "start" else shown.get("start")
    end = values.get("end") if unit == "end" else shown.get("end")
    if start is None or end is None:
        return True
    if all("offset_minutes" in moment and "T" in moment["local"] for moment in (start, end)):
        return True  # a westbound flight may arrive before it left, by the wall clock
    return end["local"][:10] >= start["local"][:10]
