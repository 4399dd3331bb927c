"""What a page says where something went wrong: English, marked for translation.

The texts are those that the service raises; a test holds them against these. What a rule of a field or
another service says in its own words stays English, and is marked as such for those who have it read out.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.query.page.presentation import Words

_N = str
"""Marks a text for translation where it is only named."""

_TITLES: Mapping[int, str] = {
    400: _N("This cannot be understood"),
    403: _N("This is not allowed"),
    404: _N("Not found"),
    409: _N("This does not fit how things stand"),
    410: _N("No longer there"),
    422: _N("This cannot be done"),
    429: _N("Too many requests"),
    501: _N("This is not set up here"),
    503: _N("Not available just now"),
}
_ANY_TITLE = _N("This did not work")
DETAILS = frozenset(
    {
        _N("Idempotency-Key: the first request with this key is still running"),
        _N("Idempotency-Key: this key was sent with another request"),
        _N("changes after this cursor are no longer kept; take cursor=now, then list the trips again"),
        _N("changes of that time are no longer kept; take cursor=now, then list the trips again"),
        _N("days: must be a number"),
        _N("days: must be between 1 and 366"),
        _N("nothing is known of this message, or not yet"),
        _N("on: the year must be between 1900 and 2199"),
        _N("only what is dead can be tried again; this is not"),
        _N("send a token"),
        _N("the database cannot be asked just now"),
        _N("the directory knows no such traveller"),
        _N("the log was begun anew since; take cursor=now, then list the trips again"),
        _N("the service that takes changes does not answer; try again"),
        _N("the token issuer cannot be reached"),
        _N("the token's scopes do not cover this"),
        _N("the trip that this link led to is no more"),
        _N("the trips are being read from the log anew, and are not at this cursor yet"),
        _N("the trips are being read from the log anew, which has just begun"),
        _N("the trips are not up to date with that position yet"),
        _N("there is no sign-in here"),
        _N("there is no such booking of one's own in this trip"),
        _N("there is no such calendar"),
        _N("there is no such file"),
        _N("there is no such link"),
        _N("there is no such table of codes"),
        _N("there is no such trip"),
        _N("there is no such trip, or nothing changed of late"),
        _N("there is no such webhook"),
        _N("this calendar is switched off"),
        _N("this feed is switched off; make another"),
        _N("this form is not from this page, or is out of date"),
        _N("this link leads to nothing"),
        _N("this link no longer holds; ask whoever sent it for another"),
        _N("this link opens no calendar"),
        _N("this token does not see all that would be searched"),
        _N("this token does not see of others what the list would be filtered by"),
        _N("this token makes no calendars"),
        _N("this token reads the trips of its own user only"),
        _N("this token shares no trips"),
        _N("this webhook is switched off; switch it on first"),
        _N("this webhook was never sent that event"),
        _N("too many requests in one minute; come back later"),
        _N("webhooks are not set up here: ITINERARY_WEBHOOKS_SEALING_KEYS is not set"),
    }
)


class Trouble(NamedTuple):
    """What went wrong, in the language of a page where that is known."""

    title: str
    detail: str
    is_foreign: bool
    """Whether the detail is English on a page that is not."""


def told(status: int, detail: str, *, words: Words) -> Trouble:
    """Say what went wrong."""
    title = words.say(_TITLES.get(status, _ANY_TITLE))
    is_known = detail in DETAILS
    return Trouble(title, words.say(detail) if is_known else detail, not is_known and words.language != "en")
