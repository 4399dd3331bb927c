"""Lists of trips as Concur's Itinerary v1.1 writes them. Give it only what the viewer may see."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

from schemas.concur.elements import DECLARATION
from schemas.concur.texts import prefixed
from schemas.concur.wire import document, fragment
from schemas.trip import Trip
from services.query.domain.concur_format import dates_of, identity
from services.query.domain.listing import Page


class Person(Protocol):
    """What the directory says of a traveller."""

    @property
    def login(self) -> str | None:
        """The name that they log in with."""
        ...

    @property
    def first_name(self) -> str | None:
        """As the directory has it."""
        ...

    @property
    def last_name(self) -> str | None:
        """As the directory has it."""
        ...


class Paging(NamedTuple):
    """Where a page stands among all of them."""

    total: int
    """Trips on all pages."""
    page: Page
    address: str
    """The address of the list without its page, to which parameters can be added."""

    def texts(self) -> dict[str, str]:
        """Return what Concur's clients read of it; a page that there is not has no address."""
        pages = -(-self.total // self.page.items)
        number = self.page.number
        said = {
            "TotalItems": str(self.total),
            "TotalPages": str(pages),
            "CurrentPage": str(number),
            "ItemsPerPage": str(self.page.items),
        }
        if 1 < number <= pages + 1:
            said["PreviousPageURL"] = self._address_of(number - 1)
        if number < pages:
            said["NextPageURL"] = self._address_of(number + 1)
        return said

    def _address_of(self, number: int) -> str:
        parted = self.address if self.address.endswith("?") else f"{self.address}&"
        return f"{parted}ItemsPerPage={self.page.items}&Page={number}"


def itinerary_list_xml(
    trips: Iterable[Trip], *, people: Mapping[str, Person], base_url: str, with_status: bool = False
) -> bytes:
    """Return the trips as an `ItineraryInfoList` document, in their order.

    Args:
        trips: the trips of the page.
        people: the directory's entries of their travellers, by traveller id.
        base_url: where the API stands.
        with_status: whether to write TripStatus, as Concur does where cancelled trips were asked for.
    """
    texts: dict[str, str] = {}
    for number, trip in enumerate(trips, start=1):
        info = _info(trip, person=people.get(trip.traveller), base_url=base_url)
        if not with_status:
            del info["TripStatus"]
        texts.update(prefixed(f"ItineraryInfo[{number}]", info))
    return document("ItineraryInfoList", texts)


def paged_list_xml(listed: bytes, *, paging: Paging) -> bytes:
    """Return a list as `itinerary_list_xml` wrote it, wrapped together with where it stands.

    The wrapper has no namespace, the list inside has Concur's, as its own answers do.
    """
    metadata = fragment("Metadata", prefixed("Paging", paging.texts()), namespace=None)
    data = listed.removeprefix(DECLARATION)
    return b"".join(
        (DECLARATION, b"<ConnectResponse>", metadata, b"<Data>", data, b"</Data></ConnectResponse>")
    )


def _info(trip: Trip, *, person: Person | None, base_url: str) -> dict[str, str]:
    content = trip.content
    texts = identity(trip, base_url=base_url, login=person.login if person else None)
    dates = dates_of(content)
    names = [
        " ".join(part for part in (passenger.first_name, passenger.last_name) if part)
        for booking in content.bookings
        for passenger in booking.passengers
    ]
    said = {
        "StartDateLocal": dates.get("StartDateLocal"),
        "EndDateLocal": dates.get("EndDateLocal"),
        "BookingSource": _joined(booking.booking_source for booking in content.bookings),
        "RecordLocator": _joined(booking.record_locator for booking in content.bookings),
        "Passengers": _joined(names),
        "TravelerFirst": person.first_name if person else None,
        "TravelerLast": person.last_name if person else None,
    }
    return texts | {element: text for element, text in said.items() if text}


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(text for text in texts if text))
