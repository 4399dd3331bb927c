"""Choose the shown values: by field group, from the best claim, gaps filled from lower ones.

The order of sources is a table; a tenant may reorder it, but what was posted always stays above
TripIt and e-mail (design, section 5, rule 2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.booking_record import SOURCES, Owner, Revision, Source
from schemas.segments import (
    CONFIRMATION_NUMBERS,
    FIELD_PLACES,
    ConfirmationNumber,
    FieldGroup,
    Segment,
    number_field,
)
from schemas.settings import TenantSettings

DEFAULT_ORDER: tuple[Source, ...] = SOURCES
_PROVIDER_FIRST: tuple[Source, ...] = ("manual", "supplier", "tmc", "booking_tool", "tripit", "email")
_POSTED: frozenset[Source] = frozenset({"tmc", "supplier", "booking_tool"})

DEFAULT_ORDERS: Mapping[FieldGroup, tuple[Source, ...]] = {
    **dict.fromkeys(FieldGroup, DEFAULT_ORDER),
    # Who provides the service knows best whether it stands, its number, the seat or room, the price.
    FieldGroup.STATUS: _PROVIDER_FIRST,
    FieldGroup.CONFIRMATIONS: _PROVIDER_FIRST,
    FieldGroup.PRICE_AND_CHARGES: _PROVIDER_FIRST,
    FieldGroup.SEAT_ROOM_CLASS: _PROVIDER_FIRST,
}


@dataclass(frozen=True, slots=True)
class Voice:
    """A claim as precedence sees it: who says which values, and how new that is."""

    record: str
    owner: Owner
    revision: Revision
    units: Mapping[tuple[FieldGroup, str], Mapping[str, Any]]
    """By group and unit, the fields that it states, as JSON values."""


@dataclass(frozen=True, slots=True)
class Won:
    """Fields of one group that came from one voice."""

    group: FieldGroup
    fields: tuple[str, ...]
    voice: Voice
    filled: bool


@dataclass(frozen=True, slots=True)
class Lost:
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
    return tuple(
        sorted(ordered, key=lambda source: 0 if source == "manual" else 1 if source in _POSTED else 2)
    )


def units_of(segment: Segment) -> Mapping[tuple[FieldGroup, str], Mapping[str, Any]]:
    """Return the fields that a segment states, by group and unit, as JSON values."""
    units: dict[tuple[FieldGroup, str], dict[str, Any]] = {}
    for field, value in segment.model_dump(mode="json", exclude_none=True, exclude_defaults=True).items():
        place = FIELD_PLACES.get(field)
        if place is not None:
            units.setdefault((place.group, place.unit), {})[field] = value
    return units


def ranked(voices: Iterable[Voice], order: Sequence[Source]) -> list[Voice]:
    """Return the voices, the winner first: by source, within a source the newer revision, then the key."""
    newest_first = sorted(voices, key=lambda voice: (voice.revision.order(), voice.record), reverse=True)
    return sorted(newest_first, key=lambda voice: order.index(voice.owner.source))


def choose(voices: Sequence[Voice], settings: TenantSettings) -> Choice:
    """Return the shown values of a segment, from which voice each of them came, and what lost."""
    choice = Choice({}, [], [])
    shown = choice.shown
    for group in FieldGroup:
        contenders = ranked(voices, order_of_sources(settings, group))
        if group is FieldGroup.CONFIRMATIONS:
            contenders = _with_numbers_apart(contenders)
        _choose_group(group, contenders, choice)
    numbers = [number for field in sorted(shown) if field.startswith(_NUMBERS) for number in shown.pop(field)]
    if numbers:
        shown[CONFIRMATION_NUMBERS] = numbers
    return choice


def _choose_group(group: FieldGroup, contenders: Sequence[Voice], choice: Choice) -> None:
    taken: dict[str, Voice] = {}
    anything_won = False
    for voice in contenders:
        fields: list[str] = []
        for (unit_group, unit), values in voice.units.items():
            if unit_group is not group:
                continue
            if unit in taken or not _fits(unit, values, choice.shown):
                choice.lost.append(Lost(group, values, voice, to=taken.get(unit)))
            else:
                taken[unit] = voice
                choice.shown.update(values)
                fields += values
        if fields:
            choice.won.append(Won(group, tuple(sorted(fields)), voice, filled=anything_won))
            anything_won = True


def _fits(unit: str, values: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Say whether a start or end from one source can stand beside the other from another source."""
    start = values.get("start") if unit == "start" else shown.get("start")
    end = values.get("end") if unit == "end" else shown.get("end")
    if unit not in {"start", "end"} or start is None or end is None:
        return True
    if "offset_minutes" in start and "offset_minutes" in end:
        return True  # a westbound flight may arrive before it left, by the wall clock
    return end["local"][:10] >= start["local"][:10]


_NUMBERS = f"{CONFIRMATION_NUMBERS}."


def _with_numbers_apart(voices: Iterable[Voice]) -> list[Voice]:
    """Make each confirmation number a unit of its own by kind and issuer, so that sources add up."""
    return [Voice(voice.record, voice.owner, voice.revision, _numbers_apart(voice.units)) for voice in voices]


def _numbers_apart(
    units: Mapping[tuple[FieldGroup, str], Mapping[str, Any]],
) -> dict[tuple[FieldGroup, str], Mapping[str, Any]]:
    apart: dict[tuple[FieldGroup, str], Mapping[str, Any]] = {}
    for key, values in units.items():
        numbers = values.get(CONFIRMATION_NUMBERS)
        if numbers is None:
            apart[key] = values
            continue
        for number in numbers:
            name = number_field(ConfirmationNumber.model_validate(number))
            kin = apart.setdefault((FieldGroup.CONFIRMATIONS, name), {name: []})
            kin[name].append(number)
    return apart
