"""The review queue: what waits for a person, why it waits, and what the person decides.

Mail is ingest's; the page asks the API for it with the person's own token. What is asked about trips is found
in `doubts`, and answered by the forms that change trips.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.datastructures import URL, FormData
from starlette.exceptions import HTTPException

from schemas.identifiers import Identifier
from schemas.segments import SegmentType
from services.platform.principals import Principal
from services.query.dependencies import Caller, Changes, Queries
from services.query.domain.wording import KINDS
from services.query.handlers import TripQueries
from services.query.page.api import Api, ApiRefused
from services.query.page.doubts import doubts_of
from services.query.page.filling_in import Booking, blank, filled, parts_of
from services.query.page.forms import checked_form
from services.query.page.rendering import SECURITY, shown
from services.query.page.sessions import Session
from services.query.page.trips import name_of, names_of
from services.query.policies import CHANGE_TRIPS

Show = Literal["waiting", "unread", "all"]
Verb = Literal["accept", "correct", "assign", "discard"]

_OUTCOMES: Mapping[Show, Mapping[str, str]] = {
    "waiting": {"outcome": "needs_review"},
    "unread": {"outcome": "nothing_found"},
    "all": {},
}
_PAGE = "25"


class Read(BaseModel):
    """A booking that was found in a mail."""

    booking: Booking


class Mail(BaseModel):
    """What the API tells of a mail; the rest of it is not shown."""

    id: str
    outcome: str
    reason: str | None = None
    why: str | None = None
    traveller: str | None = None
    proposed_traveller: str | None = None
    sender: str | None = None
    subject: str | None = None
    received: datetime
    notes: tuple[str, ...] = ()
    bookings: int | tuple[Read, ...] = ()
    """How many, in a list; what they say, of one mail."""
    reviewed: dict[str, str] | None = None


class _Listed(BaseModel):
    emails: tuple[Mail, ...]
    next_cursor: str | None = None


class Review:
    """The queue's routes."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def add_to(self, router: APIRouter, *, signed_in: list[Dependency]) -> None:
        """Add the routes."""
        for path, endpoint, method in (
            ("/review", self.show_review, "GET"),
            ("/review/{mail}", self.show_mail, "GET"),
            ("/review/{mail}/{verb}", self.settle_mail, "POST"),
        ):
            router.add_api_route(path, endpoint, methods=[method], dependencies=signed_in)

    async def show_review(  # noqa: PLR0913 - one parameter for each thing that a link may say
        self,
        request: Request,
        queries: Queries,
        changes: Changes,
        principal: Caller,
        *,
        show: Show = "waiting",
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        beyond: Annotated[str | None, Query(max_length=100)] = None,
        after: str | None = None,
        done: Identifier | None = None,
        trip: Identifier | None = None,
        changed: bool = False,
    ) -> Response:
        """Show what is asked of trips with the mails that wait, those in which nothing was found, or all.

        Of a mail `done` is its id; of a `trip`, the id of what was answered.
        """
        await queries.await_position(after)
        params = {**_OUTCOMES[show], "limit": _PAGE, **({"cursor": cursor} if cursor else {})}
        found = _Listed.model_validate(await self._got(request, "/v1/emails", params=params))
        more = found.next_cursor and URL("/review").include_query_params(show=show, cursor=found.next_cursor)
        asks = show == "waiting" and cursor is None
        doubted, following = (
            await doubts_of(queries, changes, principal, cursor=beyond) if asks else ((), None)
        )
        asked = [one.trip for one in doubted]
        travellers = (await names_of(queries, principal, asked))["people"] if asked else None
        context = {
            "show": show,
            "mails": found.emails,
            "more": more and str(more),
            "done": done,
            "answered": trip,
            "changed": changed,
            "people": await _people(queries, principal, found.emails),
            "doubted": doubted,
            "travellers": travellers,
            "beyond": beyond or "",
            "more_trips": following and str(URL("/review").include_query_params(beyond=following)),
            "key": secrets.token_urlsafe(),
            "place": "review",
        }
        return shown(request, "review.html", context)

    async def show_mail(
        self,
        request: Request,
        queries: Queries,
        principal: Caller,
        *,
        mail: Identifier,
        kind: SegmentType | None = None,
    ) -> Response:
        """Show one mail with what was read from it, and what may be decided."""
        return await self._shown(request, queries, principal, mail=mail, kind=kind)

    async def _shown(
        self,
        request: Request,
        queries: TripQueries,
        principal: Principal,
        *,
        mail: str,
        kind: SegmentType | None,
        refused: ApiRefused | None = None,
        said: Mapping[str, str] | None = None,
    ) -> Response:
        found = Mail.model_validate(await self._got(request, f"/v1/emails/{mail}"))
        context = {
            "mail": found,
            "parts_read": list(parts_of(_bookings(found, kind=None))),
            "parts_offered": list(parts_of(_bookings(found, kind=kind))),
            "kind": kind,
            "kinds": KINDS,
            "said": said or {},
            "refused": refused and str(refused),
            "may_settle": principal.kind in CHANGE_TRIPS.kinds,
            "people": await _people(queries, principal, (found,)),
            "place": "review",
        }
        return shown(request, "mail.html", context, status=refused.status if refused else 200)

    async def settle_mail(
        self, request: Request, queries: Queries, principal: Caller, *, mail: Identifier, verb: Verb
    ) -> Response:
        """Do what a person decided; what cannot be done is said beside the form, which keeps its values."""
        form = await checked_form(request)
        said = {name: value for name, value in form.items() if isinstance(value, str)}
        kind = _kind(form)
        try:
            body = await self._decision(request, mail=mail, verb=verb, said=said, kind=kind)
            answer = await self._api.ask(
                "POST", f"/v1/emails/{mail}/{verb}", token=_token(request), json=body
            )
        except ApiRefused as refused:
            return await self._shown(
                request, queries, principal, mail=mail, kind=kind, refused=refused, said=said
            )
        position = answer.headers.get("Itinerary-Position")
        queue = URL("/review").include_query_params(done=mail, **({"after": position} if position else {}))
        return RedirectResponse(str(queue), 303, SECURITY)

    async def _decision(
        self,
        request: Request,
        *,
        mail: str,
        verb: Verb,
        said: Mapping[str, str],
        kind: SegmentType | None,
    ) -> dict[str, Any]:
        login = said.get("traveller", "").strip()
        body: dict[str, Any] = {"traveller": login} if login and verb != "discard" else {}
        if verb == "correct":
            found = Mail.model_validate(await self._got(request, f"/v1/emails/{mail}"))
            body["bookings"] = filled(_bookings(found, kind=kind), said)
        return body

    async def _got(
        self, request: Request, path: str, *, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        try:
            answer = await self._api.ask("GET", path, token=_token(request), params=params)
        except ApiRefused as refused:
            raise HTTPException(refused.status, str(refused)) from None
        return answer.json()


def _bookings(mail: Mail, *, kind: SegmentType | None) -> tuple[Booking, ...]:
    """Return what was read; where that is nothing, a blank of the kind that a person wants to fill in."""
    read = () if isinstance(mail.bookings, int) else tuple(one.booking for one in mail.bookings)
    return read or (() if kind is None else (blank(kind),))


def _kind(form: FormData) -> SegmentType | None:
    kind = form.get("kind")
    return next((one for one in KINDS if one == kind), None)


def _token(request: Request) -> str:
    session: Session = request.state.session
    return session.token


async def _people(
    queries: TripQueries, principal: Principal, mails: tuple[Mail, ...]
) -> dict[str, str] | None:
    """Return the names of whose mails they are or may be, where there may be several."""
    if not principal.company_wide:
        return None
    ids = {one for mail in mails for one in (mail.traveller, mail.proposed_traveller) if one is not None}
    people = await queries.persons(principal, travellers=ids)
    return {one: name_of(people.get(one)) for one in ids}
