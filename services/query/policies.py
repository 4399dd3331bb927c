"""Who may call which route of the query service: one table, by the route's name; else it is closed."""

from collections.abc import Mapping

from services.platform.tokens import ANYONE, Policy

READ_TRIPS = Policy(
    kinds=frozenset({"traveller", "admin", "tmc", "supplier", "third_party"}),
    scopes=frozenset({"trips:read", "ITINER"}),
)
"""Whoever reads trips; `ITINER` is the scope of the Concur API."""

POLICIES: Mapping[str, Policy] = {
    "list_trips": READ_TRIPS,
    "get_trip": READ_TRIPS,
    "get_trip_provenance": READ_TRIPS,
    "get_message": READ_TRIPS,
    "list_concur_trips": READ_TRIPS,
    "get_concur_trip": READ_TRIPS,
    "live": ANYONE,
    "ready": ANYONE,
    "protected_resource": ANYONE,
}
