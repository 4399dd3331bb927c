"""What the routes that read trips can be asked for.

Models that are checked in one go, and not parameters of functions: FastAPI takes longer to look for each of a
dozen than the rest of a read takes. `described` tells of them in the OpenAPI document.
"""

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Self

from fastapi import Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from schemas.booking_record import Source
from services.query.domain.listing import (
    MAX_PAGE,
    Cursor,
    Filters,
    ListState,
    decode_cursor,
    filter_mark,
)
from services.query.refusals import Malformed

_PAGE = 50
Fields = Annotated[str | None, Field(description="such as id,name,segments.start")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*\w[^\x00]*$")]


class Parameters(BaseModel):
    """What every such route can be asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: Annotated[str | None, Field(description="an Itinerary-Position")] = None

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return what a request asks for.

        Raises:
            Malformed: a parameter breaks a rule, or is not known: a filter with a slip in its name filters
                nothing.
        """
        try:
            return cls.model_validate(dict(request.query_params))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise unknown_parameter(name, known=[one.alias or own for own, one in cls.model_fields.items()])
        raise Malformed(field=name, rule=first["msg"])


def unknown_parameter(name: str, *, known: Iterable[str]) -> Malformed:
    """Return the refusal of a parameter, with the nearest name where there is one."""
    nearest = get_close_matches(name, list(known), n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return Malformed(field="query", rule=f"holds a parameter that is not known here{hint}")


class TripParameters(Parameters):
    """Of one trip."""

    fields: Fields = None


class ListParameters(Parameters):
    """Of a list; dates are local ones that a trip touches."""

    traveller: Annotated[str | None, Field(description="login or id")] = None
    state: Annotated[
        ListState | None,
        Field(
            description="`upcoming` and `ongoing` part by the start date and the date of today in UTC, which "
            "may be another one where the trip is: near midnight, ask for both"
        ),
    ] = None
    from_date: Annotated[date | None, Field(alias="from")] = None
    to_date: Annotated[date | None, Field(alias="to")] = None
    modified_since: AwareDatetime | None = None
    q: Annotated[Words | None, Field(description="words in names, places, vendors and locators")] = None
    place: Annotated[Words | None, Field(description="words of a place, or its code")] = None
    source: Annotated[Source | None, Field(description="a kind of sender that has a booking in it")] = None
    fields: Fields = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = _PAGE

    @cached_property
    def filters(self) -> Filters:
        """Which trips are wanted.

        Raises:
            Malformed: no trip could be.
        """
        if self.from_date is not None and self.to_date is not None and self.to_date < self.from_date:
            raise Malformed(field="to", rule="must not lie before from")
        return Filters(
            words=self.q,
            place=self.place,
            source=self.source,
            state=self.state,
            starting_until=self.to_date,
            ending_from=self.from_date,
            modified_since=self.modified_since,
            with_cancelled=self.state == "cancelled",
        )

    @cached_property
    def mark(self) -> str:
        """What tells this list from one with other filters."""
        return filter_mark(self.filters, self.traveller)

    def after_trip(self) -> Cursor | None:
        """Return where the page before ended; None for the first page.

        Raises:
            Malformed: the cursor is none, or of another list.
        """
        if self.cursor is None:
            return None
        place, _, marked = self.cursor.partition(".")
        try:
            after = decode_cursor(place)
        except ValueError as error:
            raise Malformed(field="cursor", rule=str(error)) from None
        if marked != self.mark:
            raise Malformed(field="cursor", rule="is of a list with other filters; begin this one anew")
        return after
