"""Whose trips a caller reaches, and as whom they look at them: decided from the token and the directory."""

from typing import NamedTuple

from services.platform.principals import Principal
from services.query.domain.listing import Filters
from services.query.domain.visibility import STANDINGS, Audience, Viewer
from services.query.domain.visible_fields import VISIBLE, Relation
from services.query.read_model import Asking, Reading
from services.query.refusals import FiltersByWhatIsHidden, Forbidden, NotFound

_PARTIES = frozenset({"tmc", "supplier"})
"""Kinds of caller that are a party of the tenant's: what it posted is its own."""
NOBODY = ""
"""No traveller's id: the reach of a caller whom the directory does not know."""


class Sight(NamedTuple):
    """What a caller sees: trips of a traveller, or of everyone in the tenant (None), and as whom."""

    tenant: str
    traveller: str | None
    viewer: Viewer


def asking_of(principal: Principal) -> Asking:
    """Return who a caller is who reads trips.

    Raises:
        Forbidden: they read none at all.
    """
    standing = STANDINGS.get(principal.kind)
    if standing is None:
        raise Forbidden(f"a {principal.kind} token reads no trips")
    reach = standing.reach_of_administrator if principal.company_wide else standing.reach
    login = None if reach == "company" else principal.subject
    client = principal.client if principal.kind in _PARTIES else None
    return Asking(principal.tenant, login, client, standing.audience, principal.travel_types)


async def sight_of(reading: Reading, *, principal: Principal) -> Sight:
    """Return what a caller sees.

    Raises:
        Forbidden: nothing at all.
    """
    asking = asking_of(principal)
    traveller = None if asking.login is None else await reading.traveller_of(asking.login) or NOBODY
    party = None if asking.client is None else await reading.party_of(asking.client)
    return Sight(principal.tenant, traveller, asking.viewer(party))


async def reach_of(reading: Reading, *, sight: Sight, traveller: str | None) -> str | None:
    """Return the traveller whose trips are read, None for everyone's.

    Raises:
        Forbidden: the named traveller is not in the caller's sight.
        NotFound: the company knows no such traveller.
    """
    if traveller is None:
        return sight.traveller
    named = await reading.traveller_named(traveller)
    if sight.traveller is not None and named != sight.traveller:
        raise Forbidden("this token reads the trips of its own user only")
    if named is None:
        raise NotFound("the directory knows no such traveller")
    return named


async def filters_within_reach(
    filters: Filters, reading: Reading, *, sight: Sight, traveller: str | None, everyone: bool
) -> Filters:
    """Return the filters for what the caller may reach."""
    if _searches(filters) and sight.viewer.audience is not Audience.INSIDER:
        raise Forbidden("this token does not see all that would be searched")
    if everyone and sight.traveller is not None:
        raise Forbidden("this token reads the trips of its own user only")
    reach = await reach_of(reading, sight=sight, traveller=traveller)
    if sight.viewer.audience is Audience.SUPPLIER and _asks_what_is_hidden(filters):
        raise FiltersByWhatIsHidden("this token does not see of others what the list would be filtered by")
    return filters._replace(traveller=reach)


def _searches(filters: Filters) -> bool:
    """Whether the filters look into trips: an answer would tell what the caller may not see."""
    return (filters.words, filters.place, filters.source) != (None, None, None)


def _asks_what_is_hidden(filters: Filters) -> bool:
    """Whether an answer would tell a supplier what it does not see of others' bookings."""
    if filters.state == "ready_to_expense":
        return True
    return filters.segment_type is not None and not VISIBLE[Relation.OTHERS][filters.segment_type]
