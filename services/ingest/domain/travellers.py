"""Whose booking it is, and in whose name it is said: decided from the token and the directory alone.

Nothing in a body can make a sender someone else, or a booking another traveller's: a post on behalf
of a user is that user's only (design, section 4).
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from schemas.booking_record import Owner, Source
from schemas.directory import Sender
from schemas.identifiers import normal_code
from schemas.segments import SegmentType
from services.ingest.domain.refusals import Refusal, RefusalKind, refusal

CallerKind = Literal["traveller", "admin", "tmc", "supplier", "third_party", "operator", "feed"]
"""Those of tokens, and trusted feeds, which publish on a topic."""

OWN_PARTIES: dict[Source, str] = {"manual": "traveller", "email": "email", "tripit": "tripit"}
"""The party by which a person's own sources are known; the same for whoever acts for that person."""

_EVERYBODY = "all"
_ACTS_FOR_OTHERS = frozenset({"admin", "tmc", "feed"})
"""Where it is company-wide; a supplier acts only for the user of its token."""


class Caller(NamedTuple):
    """Whoever sends, as far as the rules here need to know."""

    kind: CallerKind
    login: str
    """The token's user; empty where a feed names travellers inside its messages only."""
    company_wide: bool


def login_concerned(caller: Caller, *, named: str | None, field: str) -> str | Refusal:
    """Return the login of the traveller concerned: the one that was named, else the token's user.

    `field` is what the sender calls it, for the refusal. Permission is decided before anyone looks
    whether the login exists, so that nobody can find out who works where.
    """
    named = named or caller.login
    if not named:
        return refusal(RefusalKind.INVALID, field=field, rule="missing", message="name the traveller's login")
    if normal_code(named) == normal_code(caller.login):
        return caller.login
    if normal_code(named) == _EVERYBODY:
        return refusal(
            RefusalKind.INVALID, field=field, rule="one_traveller", message="a booking is one traveller's"
        )
    if caller.company_wide and caller.kind in _ACTS_FOR_OTHERS:
        return named
    return refusal(
        RefusalKind.FORBIDDEN,
        field=field,
        rule="not_your_traveller",
        message="acting for another user needs a company administrator's token",
    )


def unknown_traveller(*, field: str) -> Refusal:
    """Return the refusal of a login that the tenant's directory does not know."""
    return refusal(
        RefusalKind.INVALID,
        field=field,
        rule="unknown_traveller",
        message="Invalid User: the directory knows no such login",
    )


def owner_by_token(caller: Caller, *, sender: Sender | None, stated: Source | None) -> Owner | Refusal:
    """Return the owner of what a caller says. `stated` is a source that the body names, if any.

    People may say where they have it from; every other caller is what the table of senders says.
    """
    if caller.kind in {"traveller", "admin"}:
        source = stated or "manual"
        if source in OWN_PARTIES:
            return Owner(party=OWN_PARTIES[source], source=source)
        return _not_your_source()
    if sender is None or caller.kind not in {sender.source, "feed"}:
        return refusal(
            RefusalKind.FORBIDDEN,
            field="",
            rule="unknown_sender",
            message="this client is not among the company's senders",
        )
    if stated not in {None, sender.source}:
        return _not_your_source()
    return Owner(party=sender.party, source=sender.source)


def _not_your_source() -> Refusal:
    return refusal(
        RefusalKind.FORBIDDEN,
        field="source",
        rule="source_comes_from_token",
        message="the source comes from the token, not from the booking",
    )


def sender_may_say(
    sender: Sender | None, *, booking_source: str, types: Iterable[SegmentType]
) -> Refusal | None:
    """Return why a sender may not speak for this booking source or of these things; None where it may.

    People, who are in no table of senders, may say anything about their own trips.
    """
    if sender is None:
        return None
    if sender.booking_sources != "any" and normal_code(booking_source) not in {
        normal_code(own) for own in sender.booking_sources
    }:
        return refusal(
            RefusalKind.FORBIDDEN,
            field="booking_source",
            rule="booking_source_not_yours",
            message="a supplier speaks for its own booking source only",
        )
    foreign = [] if sender.travel_types == "any" else sorted(set(types) - set(sender.travel_types))
    if foreign:
        return refusal(
            RefusalKind.FORBIDDEN,
            field="segments",
            rule="travel_type_not_yours",
            message=f"this supplier does not deal in: {', '.join(foreign)}",
        )
    return None
