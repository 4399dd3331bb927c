"""The page in a real browser, over the real processes, with the demo's journey told."""

import asyncio
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

from services.command_line.demo_journey import LOGIN, year_of_journey
from services.command_line.running import RunningUp
from services.query.page.vendored import SCRIPTS
from tests.support.browser import MANAGER, Contexts, axe_finds_nothing, signed_in
from tests.support.command_line import CLOSED_ORIGIN, Installation
from tests.support.live_system import LiveClient, stay
from tests.support.waiting import wait_until, wait_until_async

YEAR = year_of_journey(datetime.now(UTC).date())  # noqa: TID251 - as the command that told it
_SEEN_BYTES = 60_000


async def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto("/expense")
    await page.get_by_role("link", name="Continue with your company").click()
    await page.get_by_role("button", name=LOGIN).click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Ready to expense")
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Itinerary")


async def test_a_trip_is_told_day_by_day_in_local_times(page: Page) -> None:
    await page.get_by_role("link", name="Trip to Seattle").click()

    days = page.locator(".day > h2")
    await expect(days).to_contain_text([f"{day} March {YEAR}" for day in (8, 11, 12)])
    first = page.locator(".day").first
    await expect(first.locator("time")).to_have_text(["13:55", "from 15:00"])
    await expect(first.get_by_role("heading", level=3).first).to_contain_text("NA 490 FRA → SEA")
    await expect(first).to_contain_text("arrives 15:20 · 10 h 25 min")
    await expect(first.locator(".between")).to_contain_text(
        ["Clocks back 9 h: 13:55 in FRA is 04:55 in SEA", "nothing booked"]
    )


async def test_the_route_is_sketched_and_the_trip_is_there_as_plain_text(page: Page) -> None:
    await page.get_by_role("link", name="Trip to Seattle").click()
    await expect(page.get_by_role("img", name=re.compile("Sketch of the route.*FRA.*SEA"))).to_be_visible()
    assert await page.locator(".map .leg.air").count() > 0

    await page.get_by_role("link", name="Plain text").click()
    text = await page.locator("body").inner_text()
    assert "13:55   NA 490 FRA → SEA" in text
    assert max(map(len, text.splitlines())) <= 72


async def test_why_names_the_source_of_a_value_and_that_it_fills_a_gap(page: Page) -> None:
    await page.get_by_role("link", name="Trip to Seattle").click()
    flight = page.get_by_role("article").filter(has_text="NA 490 FRA → SEA")
    await flight.get_by_role("link", name="Why?").click()

    told = page.locator(".why:target")
    terminal = told.get_by_role("row").filter(has_text="origin terminal")
    await expect(terminal).to_contain_text("e-mail")
    await expect(terminal).to_contain_text("fills what better sources left unsaid")
    await expect(told.get_by_role("row").filter(has_text="flight number")).to_contain_text("Wayfarer Travel")


async def test_what_goes_on_stands_above_the_trips_with_what_comes_next_and_what_is_new(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    today = datetime.now(UTC).date()  # noqa: TID251 - the page goes by it
    before, after, later = (str(today + timedelta(days=days)) for days in (-2, 2, 3))
    live.book("AAA", stay("Tokyo", before, after, "Harbour Inn"))
    live.trips(live.book("BBB", stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    card = page.get_by_role("region", name="Now")

    await expect(card).to_contain_text("Goes on Harbour Inn", use_inner_text=True)
    await expect(card).to_contain_text("Comes next Check out: Harbour Inn", use_inner_text=True)
    await expect(card).to_contain_text("of 5")
    await expect(page.get_by_role("listitem").filter(has_text="Trip to Oslo")).to_be_visible()
    await card.get_by_role("link", name="Trip to Tokyo").click()
    live.trips(live.book("AAA", stay("Tokyo", before, later, "Harbour Inn")))
    await page.goto("/")

    await expect(card).to_contain_text(f"{after} → {later}")
    await axe_finds_nothing(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_a_travel_manager_sees_whose_trip_it_is(context: BrowserContext) -> None:
    page = await signed_in(context, MANAGER)

    await expect(page.get_by_role("listitem").filter(has_text="Trip to Seattle")).to_contain_text(LOGIN)


async def test_a_travel_manager_sees_who_is_where_on_a_day_and_nobody_else_does(
    context: BrowserContext, contexts: Contexts
) -> None:
    page = await signed_in(context, MANAGER)
    await page.get_by_role("link", name="Who is where").click()
    await page.get_by_label("On", exact=True).fill(f"{YEAR}-03-09")
    await page.get_by_role("button", name="Show").click()

    await expect(page.get_by_role("row").filter(has_text=LOGIN)).to_contain_text("certain")
    await axe_finds_nothing(page)
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Download as CSV").click()
    table = (await asyncio.to_thread((await (await coming.value).path()).read_bytes)).decode()
    assert any(line.startswith(LOGIN) and ",certain," in line for line in table.splitlines())
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.get_by_label("On", exact=True).fill(f"{YEAR}-03-07")
    await page.get_by_role("button", name="Show").click()
    leaving = page.get_by_role("group").filter(has_text="Leave on that day or the next")
    await expect(leaving.get_by_role("listitem").filter(has_text=LOGIN)).to_contain_text("NA 490")
    await axe_finds_nothing(page)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.get_by_label("Country").fill("Nowhere")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_text("Nobody travels then")).to_be_visible()

    own = await contexts.open()
    traveller = await signed_in(own, LOGIN)
    await traveller.get_by_role("link", name="Who looked up where you are").click()
    looked = traveller.get_by_role("row").filter(has_text=f"{MANAGER}").filter(has_text=f"9 Mar {YEAR}")
    await expect(looked.filter(has_text="taken away as a table")).to_have_count(1)
    await expect(looked.filter(has_not_text="taken away")).to_have_count(1)
    await expect(traveller.get_by_role("row").filter(has_text="Nowhere")).to_have_count(0)
    await axe_finds_nothing(traveller)
    assert await traveller.get_by_role("link", name="Who is where").count() == 0
    answer = await traveller.goto("/people")
    assert answer is not None
    assert answer.status == 403


async def test_an_administrator_tests_a_webhook_and_reads_in_the_log_what_came_of_it(
    context: BrowserContext, contexts: Contexts, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    boss = "boss@acme.example"
    made = live.http.post(
        "/v1/webhooks",
        json={"url": f"{CLOSED_ORIGIN}/hook", "description": "Expense system"},
        headers=live.token("--admin", boss),
    ).json()
    page = await signed_in(context, f"{boss} (travel manager) {live.tenant}")
    await page.get_by_role("link", name="Webhooks").click()
    await axe_finds_nothing(page)
    await page.get_by_role("link", name="Expense system").click()
    await page.get_by_role("button", name="Send a test").click()
    told = page.get_by_role("row").filter(has_text="itinerary.webhook.test.v1")
    await expect(told).to_contain_text("waiting")

    async def tried() -> bool:
        await page.reload()
        return "connect_error" in await told.inner_text()

    await wait_until_async(tried, what="the attempt in the log", deadline_seconds=60)
    await axe_finds_nothing(page)
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.get_by_label("State").select_option("delivered")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_text("Nothing was sent")).to_be_visible()

    own = await contexts.open()
    traveller = await signed_in(own, f"{live.login} {live.tenant}")
    assert await traveller.get_by_role("link", name="Webhooks").count() == 0
    for address in ("/webhooks", f"/webhooks/{made['id']}"):
        answer = await traveller.goto(address)
        assert answer is not None
        assert answer.status == 403


async def test_what_is_not_there_is_said_on_a_page(page: Page) -> None:
    answer = await page.goto("/trips/00000000-0000-5000-8000-000000000000")

    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_role("main")).to_contain_text("there is no such trip")


async def test_the_page_works_without_script_and_speaks_the_browsers_language(contexts: Contexts) -> None:
    context = await contexts.open(java_script_enabled=False, locale="de-DE")
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_role("link", name="Weiter mit Ihrer Firma").click()
    await page.get_by_role("button", name=LOGIN).click()
    await page.get_by_role("link", name="Trip to Seattle").click()

    await expect(page.locator(".day > h2").first).to_contain_text(f", 8. März {YEAR}")


async def test_everything_is_done_without_script(
    contexts: Contexts, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03"))
    live.trips(live.book("BBB", stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn")))
    context = await contexts.open(java_script_enabled=False)
    page = await signed_in(context, f"{live.login} {live.tenant}")

    await page.get_by_role("searchbox").fill("rome")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Trip to Rome").click()
    await page.get_by_text("Merge with other trips").click()
    await page.get_by_label("Trip to Oslo").check()
    await page.get_by_role("button", name="Merge", exact=True).click()
    await expect(page.locator(".bookings .code")).to_have_text(["AAA", "BBB"])
    await page.get_by_role("status").get_by_role("button", name="Undo").click()
    await expect(page.locator(".bookings .code")).to_have_text(["AAA"])
    await page.get_by_role("link", name="Why?").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Where each value comes from")
    for name in ("Ready to expense", "Review", "Calendar"):
        await page.get_by_role("link", name=name, exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Itinerary")


async def test_the_id_of_a_trip_that_was_merged_leads_to_what_it_became_with_a_note(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03"))
    rome, oslo = (
        trip["id"]
        for trip in live.trips(live.book("BBB", stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn")))
    )
    live.trips(live.accepted(live.say(rome, "merge", {"trips": [oslo]})))
    page = await signed_in(context, f"{live.login} {live.tenant}")

    landed: set[str] = set()
    notes = 0
    for known in (rome, oslo):
        await page.goto(f"/trips/{known}")
        await expect(page.locator(".bookings .code")).to_have_text(["AAA", "BBB"])
        landed.add(page.url.partition("?")[0])
        notes += await page.get_by_text("was merged into another").count()
    assert (len(landed), notes) == (1, 1)


async def test_the_dates_of_a_stay_are_the_same_in_every_readers_zone(
    contexts: Contexts, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        context = await contexts.open(timezone_id=zone)
        page = await signed_in(context, f"{live.login} {live.tenant}")
        await page.get_by_role("link", name="Trip to Rome").click()
        days = page.locator(".day > h2")
        await expect(days).to_contain_text(["Saturday, 1 May 2038", "Monday, 3 May 2038"])


async def test_what_can_be_expensed_goes_on_on_a_second_page(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    for number in range(26):
        after = live.book(f"P{number}", stay("Rome", f"{1990 + number}-05-01", f"{1990 + number}-05-03"))
    live.trips(after)
    asked = {"state": "ready_to_expense", "limit": 50}
    wait_until(
        # Who asks this often is told to come back later, without any trips.
        lambda: len(live.http.get("/v1/trips", params=asked, headers=live.me).json().get("trips", ())) == 26,
        what="26 trips that can be expensed",
        deadline_seconds=120,
    )
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Ready to expense").click()
    ready = page.locator(".trips").first.locator(".name")
    await expect(ready).to_have_count(25)
    shown = [await link.get_attribute("href") for link in await ready.all()]
    await page.get_by_role("link", name=re.compile("More trips ?: Ready to expense")).click()

    await expect(ready).to_have_count(1)
    assert await ready.get_attribute("href") not in shown


async def test_axe_finds_nothing_and_a_narrow_screen_needs_no_sideways_scrolling(page: Page) -> None:
    """As it is served; `test_states.py` looks at every state."""
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.get_by_role("link", name="Trip to Seattle").click()
    trip = page.url
    for address in ("/", trip, f"{trip}/why", "/links", "/trips/unknown"):
        await page.goto(address)
        await axe_finds_nothing(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320


async def test_everything_is_reached_by_keyboard_in_the_order_that_it_is_read(page: Page) -> None:
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.textContent") == "Trip to Seattle":
            break
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Seattle")


async def test_the_first_view_is_small(context: BrowserContext) -> None:
    """The bytes on the wire, of a browser that has nothing of ours yet."""
    page = await signed_in(context, LOGIN)
    trip = await page.get_by_role("link", name="Trip to Seattle").get_attribute("href")
    wire = await context.new_cdp_session(page)
    await wire.send("Network.enable")
    await wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    seen: list[float] = []
    wire.on("Network.loadingFinished", lambda told: seen.append(told["encodedDataLength"]))

    for address in ("/", str(trip)):
        seen.clear()
        await page.goto(address)
        assert len(seen) > len(SCRIPTS)
        assert sum(seen) < _SEEN_BYTES


async def test_another_sites_form_ends_no_session(context: BrowserContext, url: str) -> None:
    page = await signed_in(context, LOGIN)
    answer = await context.request.post(f"{url}/sign-out", form={"form_key": "guessed"})

    assert answer.status == 403
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trips")


async def test_a_picture_can_be_taken_of_a_trip(page: Page, tmp_path: Path) -> None:
    """`just pictures` takes those of the documents with this."""
    folder = Path(os.environ.get("ITINERARY_PICTURES", tmp_path))  # noqa: TID251 - the tests' own setting
    await page.set_viewport_size({"width": 960, "height": 640})
    await page.get_by_role("link", name="Trip to Seattle").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Seattle")
    picture = await page.screenshot(path=folder / "trip.png", full_page=True)
    assert picture.startswith(b"\x89PNG")


async def test_trips_are_merged_split_and_renamed_and_each_is_taken_back(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03"))
    live.trips(live.book("BBB", stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Trip to Rome").click()
    locators = page.locator(".bookings .code")

    await page.get_by_text("Merge with other trips").click()
    await page.get_by_label("Trip to Oslo").check()
    await page.get_by_role("button", name="Merge", exact=True).click()
    await expect(locators).to_have_text(["AAA", "BBB"])
    await page.get_by_role("status").get_by_role("button", name="Undo").click()
    await expect(locators).to_have_text(["AAA"])

    await page.get_by_text("Rename", exact=True).first.click()
    await page.get_by_label("Name").fill("Honeymoon")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Honeymoon")
    await page.get_by_role("button", name="renamed the trip").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Rome")

    live.trips(live.book("CCC", stay("Rome", "2038-05-02", "2038-05-03", "Beach Hut")))
    await page.reload()
    await page.get_by_text("Split off bookings", exact=True).click()
    await page.get_by_label("CCC").check()
    await page.get_by_role("button", name="Split off").click()
    await expect(locators).to_have_text(["AAA"])


async def test_a_warning_is_dismissed_and_what_is_new_is_told_until_it_was_seen(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.book("AAA", stay("Rome", "2038-05-01", "2038-05-05"))
    (trip,) = live.trips(live.book("BBB", stay("Oslo", "2038-05-02", "2038-05-03", "Fjord Inn")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.goto(f"/trips/{trip['id']}")
    settle, news = page.locator(".settle"), page.locator(".news")

    await expect(settle).to_contain_text("Two beds")
    await page.get_by_role("button", name="It is fine").click()
    await expect(settle).to_have_count(0)
    await expect(page.locator(".between").filter(has_text="dismissed")).to_be_visible()
    await page.get_by_role("status").get_by_role("button", name="Undo").click()
    await expect(settle).to_contain_text("Two beds")
    await expect(news).to_have_count(0)  # one's own deeds are none

    live.trips(live.book("BBB", stay("Oslo", "2038-05-02", "2038-05-04", "Fjord Hotel")))
    await page.reload()
    await expect(news).to_contain_text("Fjord Hotel")
    await axe_finds_nothing(page)
    await page.get_by_role("button", name="Mark as seen").click()
    await expect(news).to_have_count(0)

    await page.get_by_role("link", name="History").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("What changed")
    await expect(page.locator(".why").first).to_contain_text("Fjord Hotel")
    await axe_finds_nothing(page)


async def test_what_was_decided_about_an_older_state_is_not_done(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Trip to Rome").click()
    await page.get_by_text("Rename", exact=True).first.click()
    await page.get_by_label("Name").fill("Honeymoon")
    live.trips(live.book("BBB", stay("Rome", "2038-05-02", "2038-05-04", "Beach Hut")))
    await page.get_by_role("button", name="Rename").click()

    await expect(page.locator(".note")).to_contain_text("nothing was done")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Trip to Rome")


async def test_a_trip_appears_while_it_is_posted_and_grows_under_the_eyes_of_who_looks(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.evaluate("window.same = true")

    live.book("BBB", stay("Oslo", "2038-06-01", "2038-06-03", "Fjord Inn"))
    oslo = page.get_by_role("link", name="Trip to Oslo")
    await expect(oslo).to_be_visible(timeout=20_000)
    await expect(page.get_by_role("status")).to_contain_text("As of")
    assert await page.evaluate("window.same")

    await oslo.click()
    await page.get_by_text("Rename", exact=True).first.click()
    await page.get_by_label("Name").fill("Midsummer")
    live.book("CCC", stay("Oslo", "2038-06-02", "2038-06-05", "Beach Hut"))
    await expect(page.get_by_role("heading", level=3).filter(has_text="Beach Hut").first).to_be_visible(
        timeout=20_000
    )
    await expect(page.get_by_label("Name")).to_have_value("Midsummer")


async def test_a_value_is_corrected_found_by_search_and_taken_back(
    context: BrowserContext, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.trips(live.book("AAA", stay("Rome", "2038-05-01", "2038-05-03")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Trip to Rome").click()
    await page.get_by_role("link", name="Why?").first.click()
    await page.get_by_text("Correct a value").first.click()
    await page.get_by_label("name", exact=True).fill("Hotel Bellavista")
    await page.get_by_role("button", name=re.compile("Correct ?: name")).click()
    await expect(page.get_by_role("heading", name="Check in: Hotel Bellavista")).to_be_visible()

    await page.goto("/")
    await page.get_by_role("searchbox").fill("bellav")
    await page.get_by_role("button", name="Search").click()
    await page.get_by_role("link", name="Trip to Rome").click()
    await page.get_by_role("button", name="corrected a value").click()
    await expect(page.get_by_role("heading", name="Check in: Grand Hotel")).to_be_visible()


async def test_a_trip_is_shared_with_a_stranger_until_the_link_is_taken_back(
    context: BrowserContext, contexts: Contexts, installation: Installation, running: RunningUp
) -> None:
    live = LiveClient(installation, running)
    live.trips(live.book("KX7Q2P", stay("Rome", "2038-05-01", "2038-05-03")))
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Trip to Rome").click()
    await page.get_by_text("Make a link").first.click()
    await page.get_by_label("Days that it holds").fill("14")
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_label("Link").input_value()

    stranger = await (await contexts.open()).new_page()
    await stranger.goto(link)
    await expect(stranger.get_by_role("heading", level=1)).to_have_text("Trip to Rome")
    assert "KX7Q2P" not in await stranger.content()
    await axe_finds_nothing(stranger)

    await page.get_by_role("link", name="Back to the trip").click()
    await page.get_by_role("button", name="Take the link back").click()
    await expect(page.get_by_text("taken back")).to_be_visible()
    await stranger.reload()
    await expect(stranger.get_by_role("main")).to_contain_text("this link no longer holds")


async def test_a_calendar_link_is_made_renewed_and_switched_off(context: BrowserContext, page: Page) -> None:
    async def opens(url: str) -> int:
        return (await context.request.get(url)).status

    await page.get_by_role("link", name="Calendar").click()
    await page.get_by_role("button", name="Make a calendar link").click()
    first = await page.get_by_label("Copy this link now").input_value()
    assert await opens(first) == 200
    await page.get_by_role("button", name="New link").click()
    second = await page.get_by_label("Copy this link now").input_value()
    assert (await opens(first), await opens(second)) == (404, 200)
    await page.get_by_role("button", name="Switch off").click()
    await expect(page.get_by_text("switched off")).to_be_visible()
    assert await opens(second) == 410
