"""Who a booking can be for, and who may send one."""

from typing import Literal

from schemas.base import Model
from schemas.booking_record import Source
from schemas.identifiers import Identifier, TenantName
from schemas.segments import Code, SegmentType, Text


class TravellerEntry(Model):
    """A traveller as the directory knows them; the value of `travellers.v1`."""

    tenant: TenantName
    traveller: Identifier
    logins: tuple[Text, ...]
    verified_addresses: tuple[Text, ...] = ()
    first_name: Text | None = None
    last_name: Text | None = None


class Sender(Model):
    """A row of a tenant's table of senders: what a client may post, and as whom."""

    tenant: TenantName
    client: Code
    """The client id in the token, or the CloudEvents source of a trusted feed."""
    party: Code
    source: Source
    travel_types: tuple[SegmentType, ...] | Literal["any"] = "any"
    booking_sources: tuple[Code, ...] | Literal["any"] = "any"
    """The booking sources that it may name; a supplier's are its own."""
    trusted_feed: bool = False
    """Whether it may publish on `inbox.v1`."""
