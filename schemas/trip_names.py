"""What to call a trip that nobody named: the same words wherever it is shown, of what is shown there."""

from collections.abc import Iterable, Mapping
from typing import Any


def name_by_places(segments: Iterable[Mapping[str, Any]]) -> str:
    """Name a trip by where one stays, else by where the first journey leads, else by what it is.

    Args:
        segments: in the order of travel, as JSON objects.
    """
    told = list(segments)
    stays = [_place_name(s.get("place")) for s in told if s["type"] == "hotel"]
    journeys = [_place_name(s.get("destination")) for s in told if s["type"] in {"air", "rail"}]
    others = [_place_name(s.get("origin") or s.get("place")) for s in told]
    for place in (*stays, *journeys, *others):
        if place is not None:
            return f"Trip to {place}"
    return next((s["name"] for s in told if "name" in s), "Trip")


def _place_name(place: Mapping[str, str] | None) -> str | None:
    if place is None:
        return None
    return place.get("city") or place.get("name") or place.get("code")
