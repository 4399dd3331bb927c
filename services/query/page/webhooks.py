"""The administrators' page of webhooks: how each fares, what became of each delivery, and a test."""

import secrets
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.responses import RedirectResponse

from services.query.dependencies import Caller, Hooks
from services.query.page.forms import checked_form
from services.query.page.rendering import SECURITY, shown
from services.query.repeats import Repeated
from services.query.webhooks import DeliveryState, cursor_of

_PAGE = 50


def add_webhooks(router: APIRouter, *, signed_in: list[Dependency]) -> None:
    """Add the routes."""
    for path, endpoint, method in (
        ("/webhooks", show_webhooks, "GET"),
        ("/webhooks/{webhook}", show_webhook, "GET"),
        ("/webhooks/{webhook}/{deed}", use_webhook, "POST"),
    ):
        router.add_api_route(path, endpoint, methods=[method], dependencies=signed_in)


async def show_webhooks(request: Request, webhooks: Hooks, principal: Caller) -> Response:
    """Show the company's webhooks, and how each fares."""
    return shown(request, "webhooks.html", {"webhooks": await webhooks.list(principal), "place": "webhooks"})


async def show_webhook(
    request: Request,
    webhooks: Hooks,
    principal: Caller,
    *,
    webhook: str,
    state: Annotated[DeliveryState | Literal[""], Query()] = "",
    cursor: Annotated[str | None, Query()] = None,
) -> Response:
    """Show one, with the log of its deliveries, the newest first."""
    found = await webhooks.get(principal, webhook=webhook)
    deliveries, following = await webhooks.deliveries(
        principal, webhook=webhook, state=state or None, before=cursor_of(cursor), limit=_PAGE
    )
    more = following and str(request.url.replace_query_params(state=state, cursor=following).query)
    context = {
        "webhook": found,
        "deliveries": deliveries,
        "state": state,
        "more": more,
        "key": secrets.token_urlsafe(),
        "place": "webhooks",
    }
    return shown(request, "webhook.html", context)


async def use_webhook(
    request: Request,
    webhooks: Hooks,
    principal: Caller,
    repeated: Repeated,
    *,
    webhook: str,
    deed: Literal["test", "redrive"],
) -> Response:
    """Have a test delivered, or what is dead tried again, and show the log."""

    async def work() -> Response:
        if deed == "test":
            await webhooks.test(principal, webhook=webhook)
        else:
            await webhooks.redrive(principal, webhook=webhook, event=None)
        return RedirectResponse(f"/webhooks/{quote(webhook, safe='')}", 303, SECURITY)

    return await repeated.of_form(await checked_form(request), work)
