"""A mail as it is read back from `raw.v1`."""

from services.ingest.domain.statements import Receipt
from services.ingest.feeds import Consumed
from services.ingest.mails import RawMail
from services.ingest.raw import read_headers


def read_raw_mail(record: Consumed) -> RawMail | None:
    """Return the mail that a record of `raw.v1` is; None where it is none."""
    headers = read_headers(record.headers)
    if headers is None or headers.route != "email":
        return None
    receipt = Receipt(record.timestamp_ms, record.partition, record.offset)
    return RawMail(record.key, record.value, headers, receipt)
