"""The review queue in a real browser: mails that wait, why, and what people decide."""

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from services.command_line.running import RunningUp
from tests.support.browser import axe_finds_nothing, signed_in
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay
from tests.support.waiting import wait_until

FLIGHT = (
    "Hello,\r\nyour flight LH 716 from Frankfurt (FRA) to Tokyo (HND) on 3 December 2027 13:05 is booked.\r\n"
)
UNREAD = "Your reservation number 4711081 is confirmed. We look forward to it.\r\n"


@pytest.fixture
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


def mailed(live: LiveClient, body: str, *, subject: str) -> None:
    """Upload a mail that is not sure enough to be believed, and wait until it is read."""
    raw = f"From: Desk <desk@harbour.example>\r\nSubject: {subject}\r\n\r\n{body}".encode()
    headers = {**live.me, "Content-Type": "message/rfc822"}
    answer = live.http.post("/v1/emails", content=raw, headers=headers)
    assert answer.status_code == 202, answer.text
    mail = answer.headers["Location"]
    wait_until(
        lambda: live.http.get(mail, headers=live.me).json()["outcome"] == "needs_review",
        what="a mail that waits for a person",
        deadline_seconds=60,
    )


async def opened(context: BrowserContext, live: LiveClient) -> Page:
    page = await signed_in(context, f"{live.login} {live.tenant}")
    await page.get_by_role("link", name="Review").click()
    await page.wait_for_url("**/review")
    return page


async def reach(page: Page, wanted: Locator) -> None:
    """Go to something by the keyboard alone."""
    await expect(wanted).to_be_visible()
    for _ in range(80):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the keyboard does not come to it")


async def press(page: Page, wanted: Locator) -> None:
    """Go to something by the keyboard alone, and choose it."""
    await reach(page, wanted)
    await page.keyboard.press("Enter")


async def test_the_whole_queue_is_settled_by_keyboard(context: BrowserContext, live: LiveClient) -> None:
    mailed(live, FLIGHT, subject="Your flight")
    mailed(live, UNREAD, subject="Your stay")
    mailed(live, UNREAD, subject="Spam")
    page = await opened(context, live)
    await expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)
    await expect(page.get_by_role("main")).to_contain_text("What was read from it is not sure enough.")

    await press(page, page.get_by_role("link", name="Your flight"))
    await press(page, page.get_by_role("button", name="Take it as it was read"))
    await press(page, page.get_by_role("link", name="Spam"))
    await press(page, page.get_by_role("button", name="discard"))
    await press(page, page.get_by_role("link", name="Your stay"))
    await press(page, page.get_by_role("main").get_by_role("link", name="Stay", exact=True))
    for label, value in (("Booked with", "Harbour"), ("Booking number", "4711081"), ("Name", "Harbour Inn"),
                         ("City", "Oslo"), ("Begins", "2027-06-01"), ("Ends", "2027-06-03")):  # fmt: skip
        await reach(page, page.get_by_label(label, exact=True))
        await page.keyboard.insert_text(value)
    await press(page, page.get_by_role("button", name="Take it like this"))

    await expect(page.get_by_role("main")).to_contain_text("Nothing waits.")
    await page.goto("/")
    await expect(page.locator(".trips .name")).to_have_count(2)


async def test_a_decision_that_cannot_be_is_said_beside_the_form_which_keeps_what_was_typed(
    context: BrowserContext, live: LiveClient
) -> None:
    mailed(live, FLIGHT, subject="Your flight")
    page = await opened(context, live)
    await page.get_by_role("link", name="Your flight").click()
    mail = page.url
    await page.get_by_label("Ends", exact=True).fill("some day")
    await page.get_by_label("Number", exact=True).fill("717")
    await page.get_by_role("button", name="Take it like this").click()

    await expect(page.get_by_role("alert")).to_contain_text("end")
    await expect(page.get_by_label("Number", exact=True)).to_have_value("717")
    await page.get_by_label("Ends", exact=True).fill("2027-12-04 09:10")
    await page.get_by_role("button", name="Take it like this").click()
    await page.get_by_role("link", name="Look at the mail again").click()
    await expect(page).to_have_url(mail)
    await expect(page.get_by_role("main")).to_contain_text("corrected by a person")
    await page.goto("/")
    await page.locator(".trips .name").click()
    await expect(page.get_by_role("heading", level=3).first).to_contain_text("LH 717")


async def test_what_somebody_else_settled_meanwhile_is_not_settled_again(
    context: BrowserContext, live: LiveClient
) -> None:
    mailed(live, FLIGHT, subject="Your flight")
    page = await opened(context, live)
    await page.get_by_role("link", name="Your flight").click()
    other = await context.new_page()
    await other.goto(page.url)
    await other.get_by_role("button", name="discard").click()
    await expect(other.get_by_role("main")).to_contain_text("Nothing waits.")

    await page.get_by_role("button", name="Take it as it was read").click()
    await expect(page.get_by_role("alert")).to_contain_text("the mail is discarded")


BOOKED = {
    "type": "air",
    "carrier": "LH",
    "flight_number": "716",
    "origin": {"code": "FRA"},
    "destination": {"code": "HND"},
    "start": "2038-04-30T13:05",
}


def doubtful(live: LiveClient) -> None:
    """Tell of one stay in two ways that nothing links, and of a flight that a mail says is cancelled."""
    live.book("AAA", stay("Tokyo", "2038-05-01", "2038-05-05", "Park Hyatt Tokyo"), BOOKED, source="manual")
    live.book("BBB", stay("Tokyo", "2038-05-01", "2038-05-05", "PARK HYATT TYO"))
    live.book("CCC", BOOKED)
    live.trips(live.book("CCC", BOOKED, status="cancelled"))


async def test_two_bookings_that_may_be_one_are_asked_about_and_each_answer_is_taken_back(
    context: BrowserContext, live: LiveClient
) -> None:
    doubtful(live)
    page = await opened(context, live)
    question = page.get_by_role("article").filter(has_text="PARK HYATT TYO")
    undo = page.get_by_role("status").get_by_role("button", name="Undo")

    await expect(question).to_contain_text("Park Hyatt Tokyo")
    await press(page, question.get_by_role("button", name="Different"))
    await expect(undo).to_be_visible()
    await expect(question).to_have_count(0)
    await press(page, undo)
    await expect(question).to_be_visible()

    await expect(page.get_by_role("button", name="Keys", exact=True)).to_be_visible()  # they work by now
    await page.keyboard.press("j")
    await expect(question).to_be_focused()
    await page.keyboard.press("s")
    await expect(undo).to_be_visible()
    await expect(question).to_have_count(0)
    await press(page, page.get_by_role("link", name="Look at the trip"))
    await expect(page.get_by_role("heading", level=3, name="PARK HYATT TYO")).to_have_count(0)
    await expect(page.locator(".said")).to_contain_text("said that two are the same")


async def test_what_may_be_cancelled_is_asked_and_the_answer_is_taken_back(
    context: BrowserContext, live: LiveClient
) -> None:
    doubtful(live)
    page = await opened(context, live)
    question = page.get_by_role("article").filter(has_text="LH 716")
    undo = page.get_by_role("status").get_by_role("button", name="Undo")

    await expect(question).to_contain_text("cancelled, says e-mail")
    for answer in ("It stands", "It is cancelled"):
        await press(page, question.get_by_role("button", name=answer))
        await expect(undo).to_be_visible()
        await expect(question).to_have_count(0)
        await press(page, undo)
        await expect(question).to_be_visible()


async def test_axe_finds_nothing_and_a_narrow_screen_suffices(
    context: BrowserContext, live: LiveClient
) -> None:
    mailed(live, FLIGHT, subject="Your flight")
    mailed(live, UNREAD, subject="Your stay")
    doubtful(live)
    page = await opened(context, live)
    await expect(page.get_by_role("article")).to_have_count(2)
    await page.set_viewport_size({"width": 320, "height": 640})
    queue = page.url
    mails = [await link.get_attribute("href") for link in await page.locator(".trips .name").all()]
    for address in (queue, *mails, f"{mails[0]}?kind=rail"):
        await page.goto(str(address))
        await axe_finds_nothing(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
