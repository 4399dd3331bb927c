"""The stand-in as a process of its own, with many accounts, for `itinerary bench tripit`.

`python -m tests.bench.tripit_stand_in ACCOUNTS TRIPS`: prints its address, and ends with its input.
"""

import sys
from datetime import date, timedelta

from tests.support.tripit_documents import date_time
from tests.support.tripit_server import StandInTripIt, tripit_server


def fill(server: StandInTripIt, *, accounts: int, trips: int) -> None:
    """Give each account trips of a flight there and back, a stay and a meal; one of them is past."""
    for account in [server.account() for _ in range(accounts)]:
        for number in range(trips):
            leaves = date.fromisoformat(server.today) + timedelta(days=20 * number - 10)
            there, back = leaves.isoformat(), (leaves + timedelta(days=3)).isoformat()
            trip = account.add_trip(start=there, end=back)
            legs = [_leg(*ends, day=day) for ends, day in ((("VIE", "FRA"), there), (("FRA", "VIE"), back))]
            account.add_plan("AirObject", trip, Segment=legs, record_locator=f"R{trip}")
            account.add_plan(
                "LodgingObject", trip, supplier_name="Grand Hotel",
                StartDateTime=date_time(there, "15:00:00"), EndDateTime=date_time(back, "11:00:00"),
            )  # fmt: skip
            account.add_plan(
                "RestaurantObject", trip, supplier_name="Wirt", DateTime=date_time(there, "19:00:00")
            )


def _leg(origin: str, destination: str, *, day: str) -> dict[str, object]:
    return {
        "start_airport_code": origin,
        "end_airport_code": destination,
        "marketing_airline_code": "OS",
        "marketing_flight_number": "125",
        "StartDateTime": date_time(day, "08:00:00"),
        "EndDateTime": date_time(day, "09:30:00"),
    }


if __name__ == "__main__":
    with tripit_server() as running:
        running.keeps_requests = False
        fill(running, accounts=int(sys.argv[1]), trips=int(sys.argv[2]))
        print(running.url, flush=True)  # noqa: T201 - whoever started it reads this
        sys.stdin.read()
