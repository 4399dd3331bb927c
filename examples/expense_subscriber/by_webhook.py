"""Hears of trips by webhook: believes what is signed, keeps it, and only then answers 2xx."""

from fastapi import FastAPI, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from examples.expense_subscriber.ledger import Ledger, read_json

_TRIP_EVENTS = "itinerary.trip."


def webhook_app(ledger: Ledger, *, secret: str) -> FastAPI:
    """Return what takes webhooks at `/hook`."""
    signed = Webhook(secret)
    app = FastAPI()

    async def take(request: Request) -> Response:
        body = await request.body()
        try:
            signed.verify(body, dict(request.headers), json_parse=False)
        except WebhookVerificationError:
            return Response(status_code=401)
        event = read_json(body)
        if event["type"].startswith(_TRIP_EVENTS):  # and not the test that an administrator has sent
            await ledger.take(request.headers["webhook-id"], event["data"])
        return Response(status_code=204)

    app.add_api_route("/hook", take, methods=["POST"])
    return app
