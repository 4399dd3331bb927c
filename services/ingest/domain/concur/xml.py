"""Parses what strangers send (first outline; being filled in)."""

from typing import Literal

MAX_BYTES = 1024 * 1024

Reason = Literal["empty", "too_large", "encoding", "doctype", "not_well_formed", "too_deep", "too_many_elements", "wrong_root"]


class MalformedXml(Exception):
    """The bytes are no document that we read; `detail` says what to mend and echoes no content."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
