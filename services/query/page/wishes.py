"""What the forms that change a trip ask for, as the API takes it, and where they lead afterwards."""

from typing import Any, Literal
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import URL, FormData

from services.query.page.rendering import SECURITY

Deed = Literal["merge", "split", "name", "dismiss", "status", "value", "alike"]
"""What the forms of a trip's page, and of the questions about trips, can do."""
_FIELDS = ("name", "fact", "segment", "type", "status", "field", "value", "action")
_TIMES = frozenset({"start", "end"})


def wish_of(deed: Deed, form: FormData) -> tuple[str, dict[str, Any]]:
    """Return what a form asks for as the API takes it; the API judges whether it can be."""
    match deed:
        case "merge":
            return "merge", {"trips": [str(trip) for trip in form.getlist("trip")]}
        case "split":
            return "split", {"bookings": [str(record) for record in form.getlist("booking")]}
        case _:
            return "corrections", _correction(deed, form)


def _correction(deed: Deed, form: FormData) -> dict[str, Any]:
    one = {name: str(form.get(name, "")) for name in _FIELDS}
    match deed:
        case "name":
            return {"action": "name", "name": one["name"]}
        case "dismiss":
            return {"action": "dismiss", "fact": one["fact"]}
        case "alike":
            return {"action": one["action"], "segments": [str(one) for one in form.getlist("segment")]}
        case "status":
            said = {"status": one["status"]}
        case _:
            value = one["value"].strip()
            said = {one["field"]: value.replace(" ", "T") if one["field"] in _TIMES else value}
    return {"action": "correct", "segment": one["segment"], "values": {"type": one["type"], **said}}


def key_of(form: FormData) -> str:
    """Return the key by which a form is done once: the answers that it offers are a deed each."""
    return "".join(str(form.get(name, "")) for name in ("key", "action", "status"))


def back_to(trip: str, *, form: FormData, **said: str | int) -> Response:
    """Lead back to where a form was sent from: the trip, or a part of the questions that wait for people."""
    if form.get("back") == "review":
        beyond = str(form.get("beyond", ""))
        part = {"beyond": beyond} if beyond else {}
        address = URL("/review").include_query_params(trip=trip, **part, **said)
    else:
        address = URL(f"/trips/{quote(trip)}").include_query_params(**said)
    return RedirectResponse(str(address), 303, SECURITY)
