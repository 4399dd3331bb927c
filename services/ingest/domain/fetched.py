"""What was fetched from an account of the traveller's own, as bookings: read again whenever it is normalised.

Which plans of an answer are told, and which are gone, was decided where it was fetched, by comparison with
what had been told before; it stands beside the payload. So each message can be normalised by itself.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.booking_record import BookingContent, Owner
from schemas.segments import Code
from services.ingest.domain import statements
from services.ingest.domain.refusals import Refusal, RefusalKind, refusal
from services.ingest.domain.statements import MAX_STATEMENT_BYTES, Address, Drafted, Named
from services.ingest.domain.travellers import OWN_PARTIES
from services.ingest.domain.tripit.answers import Node, Unreadable, read_answer
from services.ingest.domain.tripit.calendar import read_feed
from services.ingest.domain.tripit.feed_plans import known_feed_plan, read_feed_plan
from services.ingest.domain.tripit.known import KnownPlan
from services.ingest.domain.tripit.plans import Plan, read_plan
from services.ingest.domain.tripit.seen import known_plan, plans_of

PLANS = "plans"
"""The parameter that lists the plans of a payload that are told, as a JSON array."""
NAMES = "names"
"""The parameter that says, where an id that a plan shows is not its key, which one is: a JSON object."""
REVISION = "revision"
"""The parameter that numbers the visit: of two visits to one account the later has the greater."""

TRIPIT = Owner(party=OWN_PARTIES["tripit"], source="tripit")
_BOOKING_SOURCE = "TripIt"
_KEYS: TypeAdapter[list[str]] = TypeAdapter(list[Code])
_MAPPING: TypeAdapter[dict[str, str]] = TypeAdapter(dict[Code, Code])
_REVISION: TypeAdapter[int] = TypeAdapter(int)


class FetchedPlans(NamedTuple):
    """Plans of a payload, by key."""

    plans: Mapping[str, BookingContent]
    revision: int


class GonePlans(NamedTuple):
    """Plans that are no longer in the account."""

    keys: tuple[str, ...]
    revision: int


def fetched_answer(body: bytes, parameters: Mapping[str, str]) -> FetchedPlans | Refusal:
    """Read what is told of an answer of TripIt's."""
    return _fetched(parameters, read=partial(_from_answer, body, parameters))


def fetched_feed(body: bytes, parameters: Mapping[str, str]) -> FetchedPlans | Refusal:
    """Read what is told of a calendar feed."""
    return _fetched(parameters, read=partial(_from_feed, body))


def gone_plans(body: bytes, parameters: Mapping[str, str]) -> GonePlans | Refusal:
    """Read which plans are gone."""
    try:
        return GonePlans(tuple(_KEYS.validate_json(body)), _revision(parameters))
    except ValidationError:
        return _not_ours()


def mentioned_plans(
    route: str, body: bytes, parameters: Mapping[str, str]
) -> Mapping[str, KnownPlan | None] | None:
    """Return which plans a message tells or takes back, as far as it shows them; None where it is another's.

    Args:
        route: how the body is read.
        body: the payload.
        parameters: that stand beside it.
    """
    try:
        match route:
            case "tripit_answer":
                keys = _keys(parameters)
                found = plans_of(read_answer(body), keys=keys)
                told = set(keys.values()) & found.keys()
                return {key: _known(key, *found[key]) for key in told}
            case "tripit_feed":
                told = set(_keys(parameters).values())
                plans = read_feed(body).plans.items()
                return {key: known_feed_plan(key, plan) for key, plan in plans if key in told}
            case "tripit_gone":
                return dict.fromkeys(_KEYS.validate_json(body))
            case _:
                return None
    except (Unreadable, ValidationError):
        return None  # whoever normalised it said so, by a dead letter


def listed(keys: Iterable[str]) -> bytes:
    """Return keys as `PLANS`, and the body of a message about plans that are gone, lists them."""
    return orjson.dumps(sorted(keys))


def about(keys: Iterable[str], *, names: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that say which plans a payload tells.

    Args:
        keys: of these plans.
        names: by the id that a plan shows its key, where that is another one.
    """
    told = frozenset(keys)
    shown = {name: key for name, key in names.items() if key in told}
    return {PLANS: listed(told).decode()} | ({NAMES: orjson.dumps(shown).decode()} if shown else {})


def draft_fetched(message: FetchedPlans | GonePlans, *, address: Address) -> list[Drafted | Refusal]:
    """Return a draft for each plan."""
    if isinstance(message, GonePlans):
        return [
            statements.withdrawal(address, named=_named(key), source_revision=message.revision)
            for key in message.keys
        ]
    drafts = (
        statements.booking(address, named=_named(key), content=content, source_revision=message.revision)
        for key, content in message.plans.items()
    )
    return [draft if len(draft.encode()) <= MAX_STATEMENT_BYTES else _too_large() for draft in drafts]


def _fetched(
    parameters: Mapping[str, str],
    *,
    read: Callable[[], Iterable[tuple[str, Callable[[], Plan]]]],
) -> FetchedPlans | Refusal:
    try:
        keys = frozenset(_KEYS.validate_json(parameters.get(PLANS, "")))
        plans = {key: plan().content for key, plan in read() if key in keys}
        return FetchedPlans(plans, _revision(parameters))
    except Unreadable as why:
        return refusal(RefusalKind.MALFORMED, field="", rule="unreadable", message=f"the payload is {why}")
    except ValidationError:
        return _not_ours()


def _from_answer(body: bytes, parameters: Mapping[str, str]) -> Iterable[tuple[str, Callable[[], Plan]]]:
    found = plans_of(read_answer(body), keys=_keys(parameters))
    return ((key, partial(read_plan, *plan)) for key, plan in found.items())


def _keys(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the keys of the plans that are told, by each name that they may show."""
    told = _KEYS.validate_json(parameters.get(PLANS, ""))
    return dict(zip(told, told, strict=True)) | _MAPPING.validate_json(parameters.get(NAMES, "{}"))


def _known(key: str, kind: str, node: Node) -> KnownPlan:
    return known_plan(key, kind=kind, node=node, read=read_plan(kind, node))


def _from_feed(body: bytes) -> Iterable[tuple[str, Callable[[], Plan]]]:
    return ((key, partial(read_feed_plan, plan)) for key, plan in read_feed(body).plans.items())


def _revision(parameters: Mapping[str, str]) -> int:
    return _REVISION.validate_python(parameters.get(REVISION))


def _not_ours() -> Refusal:
    return refusal(RefusalKind.MALFORMED, field="", rule="not_ours", message="the parameters are not ours")


def _named(key: str) -> Named:
    return Named(_BOOKING_SOURCE, key)


def _too_large() -> Refusal:
    return refusal(RefusalKind.TOO_LARGE, field="", rule="too_large", message="the plan is larger than 1 MiB")
