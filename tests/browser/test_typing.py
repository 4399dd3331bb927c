"""Bookings that people type, in a real browser: by keyboard, on a phone, without script, in German."""

import os
import re
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from services.command_line.running import RunningUp
from tests.support.browser import Contexts, axe_finds_nothing, signed_in
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


async def opened(context: BrowserContext, live: LiveClient) -> Page:
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Add a booking").click()
    return page


async def fill(page: Page, **said: str) -> None:
    for label, value in said.items():
        await page.get_by_label(label.replace("_", " ")).fill(value)


async def test_a_flight_is_typed_mended_changed_and_removed(
    context: BrowserContext, live: LiveClient
) -> None:
    page = await opened(context, live)
    await fill(
        page, Flight_number="716", From="London", To="hnd", Takes_off_on="2038-12-03", Takes_off_at="13:05"
    )
    await page.get_by_role("button", name="Add").click()

    await expect(page.get_by_role("alert")).to_contain_text("This was not taken yet")
    await expect(page.get_by_label("Flight number")).to_have_accessible_description(
        "Such as LH 716 Write it such as LH 716."
    )
    await expect(page.get_by_label("From")).to_have_accessible_description(
        "Three letters, such as FRA, or the city There are several; write the three letters of one: "
        "LHR (London Heathrow Airport), LGW (London Gatwick Airport), LCY (London City Airport), "
        "LTN (London Luton Airport), STN (London Stansted Airport), BQH (London Biggin Hill Airport), "
        "NHT (RAF Northolt), YXU (London Airport), LOZ (London/Corbin/Magee Airport)"
    )
    await axe_finds_nothing(page)
    await page.get_by_role("alert").get_by_role("link", name="From").click()
    await expect(page.get_by_label("From")).to_be_focused()
    await fill(page, Flight_number="LH 716", From="LHR")
    await page.get_by_role("button", name="Add").click()

    await expect(page.locator(".note")).to_contain_text("The booking is in this trip.")
    await expect(page.get_by_role("heading", level=3).first).to_contain_text("LH 716 London LHR → Tokyo HND")
    await expect(page.locator(".bookings")).to_contain_text("typed in on the page")
    await axe_finds_nothing(page)

    await page.get_by_role("link", name=re.compile("Change ?: LH 716")).click()
    await axe_finds_nothing(page)
    await fill(page, Takes_off_at="14:20")
    await page.get_by_role("button", name="Save").click()
    await axe_finds_nothing(page)
    await page.get_by_role("link", name="See the trip").click()
    await expect(page.locator(".day time").first).to_have_text("14:20")

    await page.get_by_role("link", name=re.compile("Change ?: LH 716")).click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The booking is removed")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator(".day time").first).to_have_text("14:20")


async def test_a_night_without_a_bed_leads_to_the_form_that_fills_it(
    context: BrowserContext, live: LiveClient
) -> None:
    flight = {"type": "air", "carrier": "LH", "flight_number": "1", "origin": {"code": "FRA"}}
    there = flight | {"destination": {"code": "LIS"}, "start": "2038-05-01T09:00", "end": "2038-05-01T11:00"}
    back = flight | {"origin": {"code": "LIS"}, "destination": {"code": "FRA"}, "flight_number": "2"}
    live.trips(live.book("AAA", there, back | {"start": "2038-05-03T09:00", "end": "2038-05-03T13:00"}))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.locator(".trips .name").click()
    await page.get_by_role("link", name="Add a stay").click()

    await expect(page.get_by_label("Check-in")).to_have_value("2038-05-01")
    await expect(page.get_by_label("Check-out")).to_have_value("2038-05-03")
    await fill(page, Name="Pensão", City="Lisbon")
    await page.get_by_label("Country").select_option("Portugal")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("heading", name="Check in: Pensão")).to_be_visible()
    await expect(page.locator(".settle")).to_have_count(0)


async def test_a_booking_is_typed_without_script_in_german_on_a_narrow_screen(
    contexts: Contexts, live: LiveClient
) -> None:
    context = await contexts.open(
        java_script_enabled=False, locale="de-DE", viewport={"width": 320, "height": 640}
    )
    page = await context.new_page()
    await page.goto("/sign-in?go=1")
    await page.get_by_role("button", name=f"{live.login} {live.tenant}").click()
    await page.get_by_role("link", name="Buchung eintragen").click()
    await page.get_by_label("Abflug am").fill("2038-05-01")
    await page.get_by_role("button", name="Zug", exact=True).click()
    await expect(page.get_by_label("Abfahrt am")).to_have_value("2038-05-01")
    await page.get_by_role("button", name="Hinzufügen").click()
    await expect(page.get_by_label("Von")).to_have_accessible_description("Bitte ausfüllen.")
    await fill(page, Zugnummer="ICE 71", Von="Köln Hbf", Nach="Basel SBB")
    await page.get_by_label("Land der Ankunft").select_option("Schweiz")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.get_by_role("button", name="Hinzufügen").click()

    await expect(page.locator(".bookings")).to_contain_text("auf der Seite eingetragen")
    await expect(page.get_by_role("heading", level=3).first).to_contain_text("ICE 71")


async def test_a_booking_is_typed_by_keyboard_alone(context: BrowserContext, live: LiveClient) -> None:
    live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.locator(".trips .name").click()
    add = page.get_by_role("link", name="Add a booking")
    await add.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Table").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Name").focus()
    for typed in ("Da Gino", "Tab", "Rome", "Tab", "Italy", "Tab", "05052038"):
        await (page.keyboard.press(typed) if typed == "Tab" else page.keyboard.type(typed))
    await expect(page.get_by_label("Begins on")).to_have_value("2038-05-05")
    await page.get_by_label("Confirmation number").press("Enter")  # adds; it is no other kind's tab

    await expect(page.get_by_role("heading", name="Da Gino")).to_be_visible()
    await expect(page.locator(".bookings tbody tr")).to_have_count(2)


async def test_axe_finds_nothing_in_any_form(context: BrowserContext, live: LiveClient) -> None:
    page = await opened(context, live)
    await page.set_viewport_size({"width": 320, "height": 640})
    for kind in ("air", "hotel", "rail", "car", "ride", "dining", "parking", "event"):
        await page.goto(f"/bookings/new?kind={kind}")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await axe_finds_nothing(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_a_picture_can_be_taken_of_a_form(
    context: BrowserContext, live: LiveClient, tmp_path: Path
) -> None:
    """`just pictures` takes those of the documents with this."""
    folder = Path(os.environ.get("ITINERARY_PICTURES", tmp_path))  # noqa: TID251 - the tests' own setting
    page = await opened(context, live)
    await page.set_viewport_size({"width": 960, "height": 640})
    await fill(page, Flight_number="LH 716", From="London", To="HND", Takes_off_at="13:05")
    await page.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    picture = await page.screenshot(path=folder / "booking.png", full_page=True)
    assert picture.startswith(b"\x89PNG")
