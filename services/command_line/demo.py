"""`itinerary demo`: one journey from four sources, and the one trip that it comes to."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.console import Console
from rich.table import Table

from services.command_line.demo_journey import LOGIN, TENANT, Teller, Told, journey, year_of_journey
from services.command_line.running import running_up
from services.command_line.token import Wanted, issue
from services.command_line.value_text import in_a_line
from services.platform.awaiting import CannotStart

_PATIENCE_SECONDS = 30.0
_TELLERS: Mapping[Teller, Wanted] = {
    "agency": Wanted(TENANT, "tmc", LOGIN, name="Wayfarer Travel"),
    "hotel": Wanted(TENANT, "supplier", LOGIN, name="Harbour Inn", travel_types=("hotel",)),
    "traveller": Wanted(TENANT, "traveller", LOGIN, name=LOGIN),
}
_NOT_SHOWN = {
    "id",
    "type",
    "provenance",
    "claims",
    "sources",
    "also_known_as",
    "suspected_cancelled",
    "details",
}


def demo(
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to show it on.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what became of each message, and the trip.")
    ] = False,
) -> None:
    """Feed one journey from four sources, and show the trip and where each field came from."""
    try:
        told, trips = asyncio.run(_tell(data))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    except httpx.HTTPError as why:
        typer.echo(f"The running system did not take the journey: {why}", err=True)
        raise typer.Exit(1) from why
    if as_json:
        typer.echo(orjson.dumps({"messages": told, "trips": trips}))
        return
    console = Console()
    console.print(_messages_table(told))
    for trip in trips:
        _show_trip(console, trip)


async def _tell(data: Path | None) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    up = running_up(data)
    year = year_of_journey(datetime.now(UTC).date())  # noqa: TID251 - where the command begins
    tokens = {teller: (await issue(wanted, data=up.data)).token for teller, wanted in _TELLERS.items()}
    async with httpx.AsyncClient(base_url=up.url, timeout=_PATIENCE_SECONDS) as client:
        # One after the other: the order is what the demonstration is about.
        told = [await _send(client, message, token=tokens[message.teller]) for message in journey(year)]
        answer = await client.get(
            "/v1/trips",
            params={"from": f"{year}-03-01", "to": f"{year}-03-31", "after": told[-1]["position"]},
            headers=_bearer(tokens["traveller"]),
        )
        answer.raise_for_status()
    return told, answer.json()["trips"]


async def _send(client: httpx.AsyncClient, message: Told, *, token: str) -> dict[str, str]:
    """Send one message and wait until it is known what became of it."""
    headers = _bearer(token)
    if isinstance(message.body, str):
        path = "/api/travel/booking/v1.1"
        sent = await client.post(
            path, content=message.body, headers=headers | {"Content-Type": "application/xml"}
        )
    else:
        sent = await client.post("/v1/bookings", json=message.body, headers=headers)
    sent.raise_for_status()
    position = sent.headers["Itinerary-Position"]
    asked = await client.get(
        f"/v1/messages/{sent.headers['Itinerary-Message']}", params={"after": position}, headers=headers
    )
    asked.raise_for_status()
    outcomes = ", ".join(outcome["result"] for outcome in asked.json()["outcomes"])
    return {"what": message.what, "outcome": outcomes, "position": position}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _messages_table(told: list[dict[str, str]]) -> Table:
    table = Table("message", "outcome", title="What arrived, in this order", title_justify="left")
    for message in told:
        table.add_row(message["what"], message["outcome"])
    return table


def _show_trip(console: Console, trip: dict[str, Any]) -> None:
    bookings = ", ".join(f"{b['record_locator']} ({b['source']})" for b in trip["bookings"])
    console.print(
        f"\n[bold]{trip['name']}[/bold]  {trip['start_date']} to {trip['end_date']}, {trip['status']}"
    )
    console.print(f"bookings: {bookings}\n")
    for segment in trip["segments"]:
        console.print(_segment_table(segment))


def _segment_table(segment: dict[str, Any]) -> Table:
    sources = ", ".join(segment["sources"])
    table = Table("field", "value", "from", title=f"{segment['type']}: {sources}", title_justify="left")
    for entry in segment["provenance"]:
        source = entry["owner"]["source"] + (" (fills a gap)" if entry.get("filled") else "")
        for field in entry["fields"]:
            name = field.split(".")[0]
            if name in segment and name not in _NOT_SHOWN:
                table.add_row(name, in_a_line(segment[name]), source)
    return table
