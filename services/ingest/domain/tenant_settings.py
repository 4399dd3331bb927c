"""A tenant's settings: from a JSON body to what is to be from now on, or to the rules that it breaks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, NamedTuple

from pydantic import Field, ValidationError

from schemas.directory import Sender
from schemas.identifiers import normal_code
from schemas.settings import SOURCE_TIERS, TenantSettings
from services.ingest.domain.json_bookings import read_object
from services.ingest.domain.refusals import Problem, Refusal, RefusalKind, broken_rules, refusal
from services.ingest.domain.travellers import OWN_PARTIES

_MOST_SENDERS = 1000
_OWN_PARTIES = frozenset(map(normal_code, OWN_PARTIES.values()))


class Entered(NamedTuple):
    """What a tenant decided last."""

    settings: TenantSettings
    senders: tuple[Sender, ...]
    """In the order of their clients."""
    changes: int
    """How often something was entered; names the state for whoever changes it."""
    fixed: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """Party and source of every client that ever sent something: they are part of what it booked."""


class Wanted(NamedTuple):
    """What is to be from now on."""

    settings: TenantSettings
    senders: tuple[Sender, ...] | None
    """None where they stay as they are."""


class _Body(TenantSettings):
    # Each is an object of its own form, and the tenant is the caller's.
    senders: Annotated[tuple[dict[str, object], ...], Field(max_length=_MOST_SENDERS)] | None = None


def read_wanted(body: bytes, *, tenant: str) -> Wanted | Refusal:
    """Read what an administrator sends: all settings, those left out being what they are by default."""
    value = read_object(body)
    if isinstance(value, Refusal):
        return value
    try:
        said = _Body.model_validate(value)
    except ValidationError as error:
        return broken_rules(error)
    settings = TenantSettings(**said.model_dump(exclude={"senders"}))
    senders = None if said.senders is None else _read_senders(said.senders, tenant=tenant)
    if isinstance(senders, Refusal):
        return senders
    problems = (*_settings_problems(settings), *_senders_problems(senders or ()))
    return Refusal(RefusalKind.INVALID, problems) if problems else Wanted(settings, senders)


def _read_senders(rows: Iterable[dict[str, object]], *, tenant: str) -> tuple[Sender, ...] | Refusal:
    senders: list[Sender] = []
    for position, row in enumerate(rows):
        if "tenant" in row:
            return refusal(
                RefusalKind.INVALID,
                field=f"senders.{position}.tenant",
                rule="extra_forbidden",
                message="is not a known field",
            )
        try:
            senders.append(Sender.model_validate({**row, "tenant": tenant}))
        except ValidationError as error:
            return broken_rules(error).under(f"senders.{position}")
    return tuple(senders)


def _settings_problems(settings: TenantSettings) -> Iterator[Problem]:
    for group, order in settings.precedence.items():
        if len(set(order)) < len(order):
            yield Problem(f"precedence.{group}", "stated_twice", "names a source twice")
        elif list(order) != sorted(order, key=SOURCE_TIERS.__getitem__):
            yield Problem(
                f"precedence.{group}",
                "order_of_sources",
                "people come first, then who posts (tmc, supplier, booking_tool), then tripit and email",
            )


def _senders_problems(senders: Sequence[Sender]) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, sender in enumerate(senders):
        if sender.client in seen:
            yield Problem(f"senders.{position}.client", "stated_twice", "stands twice")
        if normal_code(sender.party) in _OWN_PARTIES:
            yield Problem(f"senders.{position}.party", "reserved", "is how travellers' own sources are known")
        seen.add(sender.client)


def conflict(wanted: Wanted, *, known: Entered) -> Refusal | None:
    """Return why what is wanted cannot follow what is known; None where it can."""
    problems = tuple(
        Problem(
            f"senders.{position}",
            "fixed",
            "party and source of a client stay once it sent something: they are part of what it booked",
        )
        for position in clashes(wanted, fixed=known.fixed)
    )
    return Refusal(RefusalKind.INVALID, problems) if problems else None


def clashes(wanted: Wanted, *, fixed: Mapping[str, tuple[str, str]]) -> list[int]:
    """Return the positions of senders that are to be another party, or of another source, than is fixed."""
    return [
        position
        for position, sender in enumerate(wanted.senders or ())
        if fixed.get(sender.client, (sender.party, sender.source)) != (sender.party, sender.source)
    ]


def stands_already(wanted: Wanted, *, known: Entered) -> bool:
    """Whether what is wanted was entered before, by whoever sends it again because it got no yes."""
    has_senders = wanted.senders is None or in_order(wanted.senders) == known.senders
    return has_senders and _as_known(wanted.settings, known=known) == known.settings


def in_order(senders: Iterable[Sender]) -> tuple[Sender, ...]:
    """Return senders in the order in which they are kept and shown."""
    return tuple(sorted(senders, key=lambda sender: sender.client))


def revised(wanted: Wanted, *, known: Entered, now: int) -> Wanted:
    """Return what is wanted with its revision: the known one where the settings are the same.

    Else one above it, and not below the clock, so that settings which come after a restored backup are
    newer than those said before it.

    Args:
        wanted: what was read.
        known: what was entered last.
        now: in seconds since 1970.
    """
    same = _as_known(wanted.settings, known=known)
    if same == known.settings:
        return wanted._replace(settings=same)
    revision = max(known.settings.revision + 1, now)
    return wanted._replace(settings=wanted.settings.model_copy(update={"revision": revision}))


def _as_known(settings: TenantSettings, *, known: Entered) -> TenantSettings:
    return settings.model_copy(update={"revision": known.settings.revision})
