"""What differs between two states of a trip, and nothing else."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.query.domain.differences import Difference, differences

Json = dict[str, Any]

_VALUES = st.none() | st.booleans() | st.text(max_size=3) | st.lists(st.integers(0, 3), max_size=2)
_SEGMENTS = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abcd")}, optional={"seat": _VALUES, "start": _VALUES}),
    max_size=4,
    unique_by=lambda segment: segment["id"],
)
_TRIPS = st.fixed_dictionaries(
    {"segments": _SEGMENTS},
    optional={
        "name": _VALUES,
        "expense": st.dictionaries(st.sampled_from(["ready", "reason"]), _VALUES),
        "version": _VALUES,
    },
)


def applied(trip: Json, found: tuple[Difference, ...]) -> Json:
    """Return the trip with every difference made, absent being None, and lists of things by identity."""
    flat = flattened(trip)
    for path, _, after in found:
        flat = {known: value for known, value in flat.items() if known[: len(path)] != path}
        flat |= {(*path, *rest): value for rest, value in flattened(after).items()}
    return {path: value for path, value in flat.items() if value is not None}


def flattened(value: Any) -> dict[tuple[str, ...], Any]:
    if isinstance(value, list) and all(isinstance(item, dict) for item in value) and value:
        value = {item["id"]: item for item in value}
    if not isinstance(value, dict):
        return {(): None if value == [] else value}
    return {
        (name, *path): leaf
        for name, item in value.items()
        if name != "version"
        for path, leaf in flattened(item).items()
    }


@given(_TRIPS)
def test_a_state_does_not_differ_from_itself(trip: Json) -> None:
    assert differences(trip, trip) == ()


@given(_TRIPS, _TRIPS)
def test_the_differences_lead_from_one_state_to_the_other(before: Json, after: Json) -> None:
    wanted = {path: value for path, value in flattened(after).items() if value is not None}

    assert applied(before, differences(before, after)) == wanted


@given(_TRIPS, _TRIPS)
def test_differences_back_are_the_differences_turned_round(before: Json, after: Json) -> None:
    there, back = differences(before, after), differences(after, before)

    assert [(d.path, d.after, d.before) for d in there] == [tuple(d) for d in back]


@given(_TRIPS)
def test_the_order_of_segments_is_no_difference(trip: Json) -> None:
    assert differences(trip, {**trip, "segments": trip["segments"][::-1]}) == ()
