"""The reasons for which a read is not answered; `answers.py` writes them down."""


class NotFound(Exception):
    """There is no such thing, or the caller may not know of it."""


class Forbidden(Exception):
    """The caller may not ask for this."""


class FiltersByWhatIsHidden(Forbidden):
    """A list would be filtered by what the caller does not see of others' bookings."""


class Malformed(Exception):
    """A parameter breaks a rule."""

    def __init__(self, *, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class NotYetReadable(Exception):
    """The read model did not come as far as the caller asked for; asking again later helps."""


class Gone(Exception):
    """What the caller wants to go on from is no longer kept."""


class CursorTooOld(Gone):
    """What came after a cursor, or since an instant, is no longer kept."""


class Conflict(Exception):
    """What is asked for does not go together with how things stand."""


class NotSetUp(Exception):
    """The operator has not set up what this needs; the text says what to set."""
