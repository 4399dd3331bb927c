"""The page's routes: links and forms that work without script. What decides stands in the handlers.

May not read trips but through `TripQueries`, so that the page shows what the API shows.
"""

from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi import Path as PathParameter
from fastapi.params import Depends as Dependency
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL

from services.platform.tokens import Guard
from services.query.page import links, webhooks
from services.query.page.api import Api, ApiRefused
from services.query.page.deeds import Deeds, TripChanged
from services.query.page.expense import show_expense
from services.query.page.forms import check_form, checked_form
from services.query.page.history import mark_as_seen, show_history
from services.query.page.kept_sessions import PageRoute, keep_with_answer
from services.query.page.live import follow_page
from services.query.page.people import show_people
from services.query.page.rendering import SECURITY, as_page, offline_worker, shown, static_file, words_of
from services.query.page.restated_bookings import RestatedBookings
from services.query.page.review import Review
from services.query.page.sessions import (
    SESSION_SECONDS,
    Departure,
    Session,
    Sessions,
    SignIn,
    SignInFailed,
    same_site,
)
from services.query.page.tables import expense_csv, people_csv, trips_json
from services.query.page.trips import show_trip, show_trip_as_text, show_trips
from services.query.page.typed_bookings import TypedBookings
from services.query.page.who_looked import show_who_looked
from services.query.page.why import show_why
from services.query.page.wishes import Deed, back_to, key_of, wish_of


class SignInNeeded(Exception):
    """The page is asked for by somebody who is not signed in."""


class Door(NamedTuple):
    """How people get in: None where an operator has not said how."""

    sessions: Sessions
    sign_in: SignIn


class Page:
    """The routes, and the two cookies that they keep."""

    def __init__(self, door: Door | None, *, guard: Guard, api: Api, public_url: str) -> None:
        self._door = door
        self._deeds = Deeds(api)
        self._review = Review(api)
        self._typed_bookings = TypedBookings(api)
        self._restated_bookings = RestatedBookings(api)
        self._guard = guard
        secure = URL(public_url).scheme == "https"
        # The prefix binds a cookie to this host, and is only allowed where the whole way is encrypted.
        self._session_cookie = "__Host-itinerary" if secure else "itinerary"
        self._departure_cookie = f"{self._session_cookie}-sign-in"
        self._cookie: dict[str, Any] = {"httponly": True, "samesite": "lax", "secure": secure, "path": "/"}

    def router(self, *, of_people: Dependency, of_links: Dependency) -> APIRouter:
        """Return the routes; those that show trips ask for a session first.

        Args:
            of_people: refuses who looks too often.
            of_links: refuses a link that is opened too often.
        """
        signed_in = [Depends(as_page), Depends(self.signed_in), of_people]
        router = APIRouter(include_in_schema=False, route_class=PageRoute)
        router.add_api_route("/", show_trips, methods=["GET"], dependencies=signed_in)
        # Before the trip itself, whose address would else have the ending in it.
        router.add_api_route("/trips/{trip}.txt", show_trip_as_text, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/trips/{trip}", show_trip, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/trips/{trip}/why", show_why, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/people", show_people, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/people.csv", people_csv, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/who-looked", show_who_looked, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/trips/{trip}/history", show_history, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/trips/{trip}/seen", mark_as_seen, methods=["POST"], dependencies=signed_in)
        links.add_links(router, signed_in=signed_in, by_link=[Depends(as_page), of_links])
        self._review.add_to(router, signed_in=signed_in)
        self._typed_bookings.add_to(router, signed_in=signed_in)
        self._restated_bookings.add_to(router, signed_in=signed_in)
        webhooks.add_webhooks(router, signed_in=signed_in)
        router.add_api_route(
            "/trips/{trip}/{deed}", self.change_trip, methods=["POST"], dependencies=signed_in
        )
        router.add_api_route(
            "/overrides/{override}/undo", self.undo_change, methods=["POST"], dependencies=signed_in
        )
        router.add_api_route("/expense", show_expense, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/expense.csv", expense_csv, methods=["GET"], dependencies=signed_in)
        router.add_api_route("/trips.json", trips_json, methods=["GET"], dependencies=signed_in)
        # A page that is left open is no look: it follows what happens without keeping the session alive.
        following = [Depends(as_page), Depends(self.let_in), of_people]
        router.add_api_route("/live", follow_page, methods=["GET"], dependencies=following)
        anyone = [Depends(as_page)]
        router.add_api_route("/sign-in", self.begin_sign_in, methods=["GET"], dependencies=anyone)
        router.add_api_route("/sign-in/callback", self.finish_sign_in, methods=["GET"], dependencies=anyone)
        router.add_api_route("/sign-out", self.sign_out, methods=["POST"], dependencies=anyone)
        router.add_api_route("/static/{name}", static_file, methods=["GET"])
        router.add_api_route("/offline-worker.js", offline_worker, methods=["GET"])
        return router

    async def signed_in(self, request: Request) -> None:
        """Let a request in as `let_in`, and renew the session by it."""
        session = await self.let_in(request)
        is_by_itself = "hx-request" in request.headers  # an open page asks for itself; nobody looked
        if self._door is None or is_by_itself:
            return
        if self._door.sessions.is_due(request.cookies.get(self._session_cookie)):
            keep_with_answer(request, partial(self._keep, session=session))

    async def let_in(self, request: Request) -> Session:
        """Let a request in on behalf of whoever's session the cookie holds.

        Raises:
            SignInNeeded: there is none.
            HTTPException: the policies do not let the person in.
        """
        session = self._session(request)
        if session is None or self._door is None:
            raise SignInNeeded
        try:
            await self._guard.admit(request, f"Bearer {session.token}")
        except HTTPException as refusal:
            if refusal.status_code == 401:  # noqa: PLR2004 - the token has run out, or its key was withdrawn
                raise SignInNeeded from None
            raise
        request.state.session = session
        return session

    def _session(self, request: Request) -> Session | None:
        cookie = request.cookies.get(self._session_cookie)
        return None if self._door is None else self._door.sessions.session(cookie)

    def _keep(self, response: Response, *, session: Session) -> None:
        if self._door is not None:
            sealed = self._door.sessions.seal(session)
            response.set_cookie(self._session_cookie, sealed, max_age=SESSION_SECONDS, **self._cookie)

    async def begin_sign_in(self, request: Request, return_to: str = "/", go: bool = False) -> Response:
        """Offer to sign in, or with `go` leave for the issuer at once."""
        if self._door is None or not go:
            begin = f"{URL('/sign-in').include_query_params(go=1, return_to=same_site(return_to))}"
            context = {"begin": self._door and begin, "trouble": None, "reason": ""}
            return shown(request, "sign_in.html", context)
        url, departure = self._door.sign_in.begin(return_to=return_to)
        response = RedirectResponse(url, 303, SECURITY)
        self._remember(response, departure)
        return response

    def _remember(self, response: Response, departure: Departure) -> None:
        if self._door is not None:
            sealed = self._door.sessions.seal(departure)
            response.set_cookie(self._departure_cookie, sealed, max_age=600, **self._cookie)

    async def finish_sign_in(self, request: Request, state: str = "", code: str = "") -> Response:
        """Take in whom the issuer sends back."""
        if self._door is None:
            raise HTTPException(404, "there is no sign-in here")
        departure = self._door.sessions.departure(request.cookies.get(self._departure_cookie))
        try:
            session = await self._door.sign_in.finish(code=code, state=state, departure=departure)
        except SignInFailed as failed:
            trouble = words_of(request).say(str(failed))
            context = {"begin": "/sign-in?go=1", "trouble": trouble, "reason": failed.reason}
            return shown(request, "sign_in.html", context, status=400)
        response = RedirectResponse(departure.return_to if departure else "/", 303, SECURITY)
        response.delete_cookie(self._departure_cookie, **self._cookie)
        self._keep(response, session=session)
        return response

    async def sign_out(self, request: Request, form_key: Annotated[str, Form()] = "") -> Response:
        """Forget the session; a form of another site, which cannot know the key, ends nothing."""
        session = self._session(request)
        if session is not None:
            check_form(session, form_key)
        # What the browser has kept goes, even where the script that keeps it does not run.
        response = RedirectResponse("/sign-in", 303, SECURITY | {"Clear-Site-Data": '"storage"'})
        response.delete_cookie(self._session_cookie, **self._cookie)
        return response

    async def change_trip(
        self, request: Request, trip: str, deed: Annotated[Deed, PathParameter()]
    ) -> Response:
        """Do what a form asks for of a trip, and show what the form stood on as it is then."""
        form = await checked_form(request)
        session: Session = request.state.session
        verb, body = wish_of(deed, form)
        try:
            done = await self._deeds.say(
                trip,
                verb,
                body,
                token=session.token,
                etag=str(form.get("etag", "")),
                key=key_of(form),
            )
        except TripChanged:
            return back_to(trip, form=form, changed=1)
        except ApiRefused as refused:
            raise HTTPException(refused.status, str(refused)) from None
        return back_to(trip, form=form, after=done.position, done=done.override)

    async def undo_change(self, request: Request, override: str) -> Response:
        """Take back what a person said, and show what the form stood on as it is without it."""
        form = await checked_form(request)
        session: Session = request.state.session
        try:
            done = await self._deeds.undo(override, token=session.token, key=str(form.get("key", "")))
        except ApiRefused as refused:
            raise HTTPException(refused.status, str(refused)) from None
        return back_to(str(form.get("trip", "")), form=form, after=done.position)


def to_sign_in(request: Request) -> Response:
    """Send somebody who is not signed in to where they can, and back afterwards."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    here = wanted if request.method == "GET" else "/"
    return RedirectResponse(f"{URL('/sign-in').include_query_params(return_to=here)}", 303, SECURITY)
