"""Webhooks over HTTP, for a company's administrators."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from schemas.base import Model
from schemas.trip import ChangeType
from services.query.answers import PRIVATE, instant_json
from services.query.dependencies import Caller, Hooks
from services.query.domain.listing import MAX_PAGE
from services.query.domain.subscriptions import Form
from services.query.refusals import NotFound
from services.query.repeats import Repeated
from services.query.webhooks import Delivery, DeliveryState, Wanted, Webhook, Webhooks, cursor_of

_PAGE = 50

Url = Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$")]
Travellers = Annotated[tuple[Annotated[str, StringConstraints(max_length=256)], ...], Field(max_length=1000)]
Words = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class WebhookRequest(Model):
    """A webhook to be made."""

    url: Url
    description: Words = ""
    changes: tuple[ChangeType, ...] = ()
    """What it hears of; empty: everything."""
    travellers: Travellers = ()
    """Logins or ids; empty: everybody's."""
    form: Form = "cloudevents"
    concurrency: Annotated[int, Field(ge=1, le=20)] = 1
    """Requests at once; with 1 everything comes in order, with more still all of one trip."""


class WebhookChange(Model):
    """What is to be different; what is left out stays."""

    url: Url | None = None
    description: Words | None = None
    changes: tuple[ChangeType, ...] | None = None
    travellers: Travellers | None = None
    concurrency: Annotated[int, Field(ge=1, le=20)] | None = None
    enabled: bool | None = None


def webhooks_router() -> APIRouter:
    """Return the routes under `/v1/webhooks`."""
    router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
    one, deliveries = "/{webhook}", "/{webhook}/deliveries"
    router.add_api_route("", list_webhooks, methods=["GET"])
    router.add_api_route("", make_webhook, methods=["POST"], status_code=201)
    router.add_api_route(one, get_webhook, methods=["GET"])
    router.add_api_route(one, change_webhook, methods=["PATCH"])
    router.add_api_route(one, remove_webhook, methods=["DELETE"], status_code=204)
    router.add_api_route(f"{one}/rotate", rotate_webhook_secret, methods=["POST"])
    router.add_api_route(f"{one}/test", test_webhook, methods=["POST"], status_code=202)
    router.add_api_route(f"{one}/redrive", redrive_webhook_deliveries, methods=["POST"], status_code=202)
    router.add_api_route(deliveries, list_webhook_deliveries, methods=["GET"])
    router.add_api_route(f"{deliveries}/{{event}}", get_webhook_delivery, methods=["GET"])
    router.add_api_route(
        f"{deliveries}/{{event}}/redrive", redrive_webhook_delivery, methods=["POST"], status_code=202
    )
    return router


async def list_webhooks(webhooks: Hooks, principal: Caller) -> Response:
    """List the company's webhooks, and how each fares."""
    found = await webhooks.list(principal)
    return JSONResponse({"webhooks": [_webhook_json(one) for one in found]}, headers=PRIVATE)


async def make_webhook(
    webhooks: Hooks, principal: Caller, repeated: Repeated, *, wanted: Annotated[WebhookRequest, Body()]
) -> Response:
    """Make a webhook; the secret that signs is in this answer and nowhere else."""
    asked = Wanted(wanted.url, wanted.description, wanted.changes, wanted.travellers, wanted.concurrency)

    async def work() -> Response:
        made, secret = await webhooks.make(principal, wanted=asked, form=wanted.form)
        return JSONResponse(_webhook_json(made) | {"secret": secret}, 201, headers=PRIVATE)

    return await repeated.of_client(work)


async def get_webhook(webhooks: Hooks, principal: Caller, *, webhook: str) -> Response:
    """Show one webhook."""
    return JSONResponse(_webhook_json(await webhooks.get(principal, webhook=webhook)), headers=PRIVATE)


async def change_webhook(
    webhooks: Hooks, principal: Caller, *, webhook: str, wanted: Annotated[WebhookChange, Body()]
) -> Response:
    """Change a webhook, or switch it off or on; what was paused is tried at once."""
    asked = Wanted(
        wanted.url, wanted.description, wanted.changes, wanted.travellers, wanted.concurrency, wanted.enabled
    )
    changed = await webhooks.change(principal, webhook=webhook, wanted=asked)
    return JSONResponse(_webhook_json(changed), headers=PRIVATE)


async def remove_webhook(webhooks: Hooks, principal: Caller, *, webhook: str) -> Response:
    """End a webhook for good, with its log."""
    await webhooks.remove(principal, webhook=webhook)
    return Response(status_code=204)


async def rotate_webhook_secret(
    webhooks: Hooks, principal: Caller, repeated: Repeated, *, webhook: str
) -> Response:
    """Give a webhook another secret; for a day what is sent is signed by the old one as well."""

    async def work() -> Response:
        found, secret = await webhooks.rotate(principal, webhook=webhook)
        return JSONResponse(_webhook_json(found) | {"secret": secret}, headers=PRIVATE)

    return await repeated.of_client(work)


async def test_webhook(webhooks: Hooks, principal: Caller, repeated: Repeated, *, webhook: str) -> Response:
    """Have something harmless delivered at once; the delivery log tells how it went."""

    async def work() -> Response:
        event = await webhooks.test(principal, webhook=webhook)
        where = f"/v1/webhooks/{webhook}/deliveries/{event}"
        return JSONResponse({"event": event}, 202, headers={**PRIVATE, "Location": where})

    return await repeated.of_client(work)


async def redrive_webhook_deliveries(
    webhooks: Hooks, principal: Caller, repeated: Repeated, *, webhook: str
) -> Response:
    """Have everything that is dead tried again."""
    return await repeated.of_client(partial(_redriven, webhooks, principal, webhook=webhook, event=None))


async def redrive_webhook_delivery(
    webhooks: Hooks, principal: Caller, repeated: Repeated, *, webhook: str, event: str
) -> Response:
    """Have one dead delivery tried again."""
    return await repeated.of_client(partial(_redriven, webhooks, principal, webhook=webhook, event=event))


async def _redriven(webhooks: Webhooks, principal: Caller, *, webhook: str, event: str | None) -> Response:
    driven = await webhooks.redrive(principal, webhook=webhook, event=event)
    return JSONResponse({"redriven": len(driven)}, 202, headers=PRIVATE)


async def list_webhook_deliveries(
    webhooks: Hooks,
    principal: Caller,
    *,
    webhook: str,
    state: Annotated[DeliveryState | None, Query()] = None,
    cursor: Annotated[str | None, Query(description="`next_cursor` of a page")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = _PAGE,
) -> Response:
    """List what was sent and what waits, the newest first, without what was in it."""
    found, following = await webhooks.deliveries(
        principal, webhook=webhook, state=state, before=cursor_of(cursor), limit=limit
    )
    body = {
        "deliveries": [_delivery_json(delivery) for delivery in found],
        "next_cursor": None if following is None else str(following),
    }
    return JSONResponse(body, headers=PRIVATE)


async def get_webhook_delivery(webhooks: Hooks, principal: Caller, *, webhook: str, event: str) -> Response:
    """Show one delivery: what is in it, and each attempt."""
    found, _ = await webhooks.deliveries(principal, webhook=webhook, event=event, limit=1)
    if not found:
        raise NotFound("this webhook was never sent that event")
    return JSONResponse(_delivery_json(found[0]) | {"body": found[0].body}, headers=PRIVATE)


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.webhook,
        "url": webhook.url,
        "description": webhook.description,
        "changes": list(webhook.changes),
        "travellers": list(webhook.travellers),
        "form": webhook.form,
        "concurrency": webhook.concurrency,
        "state": webhook.state,
        "created_at": instant_json(webhook.created_at),
        "waiting": webhook.waiting,
        "failures_in_a_row": webhook.failures,
        "failing_since": instant_json(webhook.failing_since),
        "paused_until": instant_json(webhook.paused_until),
        "last_success_at": instant_json(webhook.succeeded_at),
        "trouble": webhook.trouble,
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    waits = delivery.state == "waiting"
    return {
        "event": delivery.event,
        "type": delivery.type,
        "trip": delivery.trip,
        "state": delivery.state,
        "queued_at": instant_json(delivery.queued_at),
        "next_attempt_at": instant_json(delivery.due_at) if waits else None,
        "ended_at": instant_json(delivery.ended_at),
        "attempts": list(delivery.attempts),
    }
