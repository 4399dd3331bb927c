"""All routes that the gateway serves, in an app behind which nobody answers."""

from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter, FastAPI

from services.ingest.dead_letters_http import dead_letters_router
from services.ingest.email_http import email_router
from services.ingest.http import Answering, create_app, create_router
from tests.support.one_trip import OneTripService
from tests.support.query_trips import trip


def app_of_all_routes() -> FastAPI:
    app = OneTripService(trip("t"), principals={}, parties={}).app
    app.include_router(_ingest_routes())
    return app


def app_of_ingest() -> FastAPI:
    """Ingest as it is served apart from query."""
    nothing: Any = None
    return create_app(_ingest_routes(), check=nothing)


def _ingest_routes() -> APIRouter:
    nothing: Any = None
    desk: Any = SimpleNamespace(deciding=None, edge=None)
    emails = email_router(nothing, reviews=nothing, pool=nothing, edge=nothing)
    letters = dead_letters_router(nothing)
    answering = Answering(nothing, nothing, nothing, desk, nothing, emails, letters)
    return create_router(answering, verifier=nothing)
