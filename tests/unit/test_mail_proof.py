"""Who a mail comes from, by real signatures and a DNS in a mapping: the spoofing matrix."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.authenticity import Authenticity, authenticity, host_says
from services.ingest.mail_proof import Envelope, check, read_headers
from tests.support.signed_mail import ADA, PEER, ZONE, checked, mail, sealed, signed, zone

LISTS = "lists.example"
SIGNED = signed(mail(), by="acme.example")
TRUE = f"dmarc=pass header.from={'acme.example'}"
ELSEWHERE = "198.51.100.7"


class Case(NamedTuple):
    raw: bytes
    says: dict[str, Any]
    result: str
    sealers: frozenset[str] = frozenset()


def at(peer: str, mail_from: str = ADA) -> dict[str, Any]:
    return {"peer": peer, "helo": "mx.example", "mail_from": mail_from}


MATRIX = {
    "signed by its own domain": Case(SIGNED, at(ELSEWHERE, ""), "pass"),
    "signed by its organisation's domain": Case(
        signed(mail(sender="ada@travel.acme.example"), by="acme.example"), at(ELSEWHERE), "pass"
    ),
    "signed by another domain": Case(signed(mail(), by="evil.example"), at(ELSEWHERE), "fail"),
    "signed by a domain that ends alike": Case(signed(mail(), by="evilacme.example"), at(ELSEWHERE), "fail"),
    "signed by the public suffix": Case(
        signed(mail(sender="ada@acme.co.uk"), by="co.uk"), at(ELSEWHERE), "none"
    ),
    "changed after it was signed": Case(SIGNED.replace(b"Hello", b"Hallo"), at(ELSEWHERE), "fail"),
    "with another sender written above": Case(b"From: ceo@acme.example\r\n" + SIGNED, at(ELSEWHERE), "fail"),
    "with two senders in one header": Case(
        signed(mail(sender="ada@acme.example>, <ceo@acme.example"), by="acme.example"), at(ELSEWHERE), "fail"
    ),
    "signed over its beginning only": Case(
        signed(mail(sender="ada@lax.example"), by="lax.example", length=True) + b"more\r\n",
        at(ELSEWHERE),
        "none",
    ),
    "second signature is the good one": Case(
        signed(signed(mail(), by="acme.example"), by="evil.example"), at(ELSEWHERE), "pass"
    ),
    "delivered by its own host": Case(mail(), at(PEER), "pass"),
    "delivered by another host": Case(mail(), at(ELSEWHERE), "fail"),
    "delivered for another domain": Case(mail(), at("192.0.2.20", "x@lax.example"), "fail"),
    "bounced by its own host, by HELO": Case(
        mail(), {"peer": PEER, "helo": "acme.example", "mail_from": ""}, "pass"
    ),
    "of a domain that asks for nothing": Case(mail(sender="bo@lax.example"), at(ELSEWHERE), "none"),
    "strict: signed by a domain above": Case(
        signed(mail(sender="bo@mail.strict.example"), by="strict.example"), at(ELSEWHERE), "fail"
    ),
    "strict: signed by itself": Case(
        signed(mail(sender="bo@strict.example"), by="strict.example"), at(ELSEWHERE), "pass"
    ),
    "forwarded by a list that we trust": Case(
        sealed(mail(), by=LISTS, found=TRUE), at(ELSEWHERE), "pass", frozenset({LISTS})
    ),
    "forwarded by a list that we do not": Case(sealed(mail(), by=LISTS, found=TRUE), at(ELSEWHERE), "fail"),
    "forwarded, and found false there": Case(
        sealed(mail(), by=LISTS, found="dmarc=fail header.from=acme.example"),
        at(ELSEWHERE),
        "fail",
        frozenset({LISTS}),
    ),
    "forwarded, and true of another": Case(
        sealed(mail(), by=LISTS, found="dmarc=pass header.from=evil.example"),
        at(ELSEWHERE),
        "fail",
        frozenset({LISTS}),
    ),
    "forwarded, then changed": Case(
        sealed(mail(), by=LISTS, found=TRUE).replace(b"Hello", b"Hallo"),
        at(ELSEWHERE),
        "fail",
        frozenset({LISTS}),
    ),
    "forged results of ours": Case(
        mail(headers=f"Authentication-Results: mx.acme.example; {TRUE}\r\n"), at(ELSEWHERE), "fail"
    ),
    "with another sender within an encoded name": Case(
        signed(
            mail(sender="x").replace(
                b"From: Somebody <x>",
                b"From: =?utf-8?q?ada=40acme.example_=28?= <evil@lax.example> (=?utf-8?q?=29?=)",
            ),
            by="lax.example",
        ),
        at(ELSEWHERE, ""),
        "pass",  # of the one that it has, at lax.example
    ),
    "with comments within comments": Case(
        mail().replace(b"From: Somebody", b"From: " + b"(" * 3000 + b")" * 3000), at(PEER), "fail"
    ),
    "no sender at all": Case(mail().replace(b"From: ", b"X-From: "), at(PEER), "fail"),
}


@pytest.mark.parametrize("case", MATRIX.values(), ids=MATRIX.keys())
def test_a_sender_is_believed_where_its_domain_is_proven_and_nowhere_else(case: Case) -> None:
    domains = ("acme.example", "evil.example", "evilacme.example", "co.uk", "lax.example", "strict.example")
    found = checked(case.raw, dns_zone=zone(*domains, LISTS), chains=bool(case.sealers), **case.says)
    assert found.findings is not None
    assert authenticity(found.findings, trusted_sealers=case.sealers).result == case.result


def test_a_signature_without_its_key_in_the_dns_proves_nothing() -> None:
    found = checked(SIGNED, dns_zone=ZONE, **at(ELSEWHERE))
    assert found.findings is not None
    assert found.findings.signatures == ()


def test_where_the_dns_does_not_answer_nothing_is_proven_and_nothing_fails() -> None:
    asked = check(mail(), envelope=Envelope(**at(PEER)), answers={}).questions
    found = check(mail(), envelope=Envelope(**at(PEER)), answers=dict.fromkeys(asked, None))
    assert found.findings is not None
    assert authenticity(found.findings).result == "none"


def test_where_one_answer_is_missing_nothing_is_called_spoofed() -> None:
    """The policy is known, the key is not: it may be what proves the sender."""
    answers: dict[str, tuple[str, ...] | None] = dict(ZONE)
    for _ in range(5):
        found = check(SIGNED, envelope=Envelope(**at(ELSEWHERE)), answers=answers)
        answers |= {question: None if "_domainkey" in question else () for question in found.questions}
    assert found.findings is not None
    assert authenticity(found.findings).result == "none"


def test_an_encoded_name_brings_no_address_of_its_own() -> None:
    header = b"From: =?utf-8?q?ada=40acme.example_=28?= <evil@lax.example> (=?utf-8?q?=29?=)\r\n\r\n"
    assert read_headers(header).from_addresses == ("evil@lax.example",)


@pytest.mark.parametrize(
    ("to", "signs", "signed_for"),
    [
        (ADA, [b"from", b"to"], (ADA,)),
        (f"{ADA}>, <bo@acme.example", [b"from", b"to"], (ADA, "bo@acme.example")),
        (ADA, [b"from", b"subject"], ()),
    ],
)
def test_a_signature_proves_for_whom_it_was_written(
    to: str, signs: list[bytes], signed_for: tuple[str, ...]
) -> None:
    raw = signed(mail(to=to), by="acme.example", include_headers=signs)
    assert _proven(raw, peer=ELSEWHERE).signed_for == signed_for


def test_a_recipient_that_was_added_to_a_signed_mail_is_none_of_its_recipients() -> None:
    raw = signed(mail(to=ADA), by="acme.example", include_headers=[b"from", b"to"])
    assert _proven(b"To: acme@mail.localhost\r\n" + raw, peer=ELSEWHERE).signed_for == ()
    assert _proven(b"Cc: acme@mail.localhost\r\n" + raw, peer=ELSEWHERE).signed_for == (ADA,)


def test_where_its_own_host_delivers_a_mail_it_is_for_whom_it_is_delivered_to() -> None:
    assert _proven(SIGNED, peer=PEER).signed_for is None


def _proven(raw: bytes, *, peer: str) -> Authenticity:
    found = checked(raw, dns_zone=zone("acme.example"), **at(peer))
    assert found.findings is not None
    proven = authenticity(found.findings)
    assert proven.result == "pass"
    return proven


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_checking_them_ends_with_findings(garbage: bytes) -> None:
    for raw in (garbage, b"DKIM-Signature: " + garbage + b"\r\n" + mail(), SIGNED + garbage):
        assert checked(raw, dns_zone=zone("acme.example"), chains=True, **at(PEER)).findings is not None


def test_of_what_hosts_say_only_the_topmost_of_a_host_of_ours_counts() -> None:
    ours, forged = f"mx.acme.example; {TRUE}", "mx.acme.example; dmarc=fail header.from=acme.example"

    def said(*values: str, hosts: frozenset[str] = frozenset({"mx.acme.example"})) -> Authenticity:
        headers = read_headers(mail(headers="".join(f"Authentication-Results: {v}\r\n" for v in values)))
        return host_says(
            headers.authentication_results, trusted_hosts=hosts, from_addresses=headers.from_addresses
        )

    assert said(ours, forged).result == "pass"
    assert said(forged, ours).result == "fail"
    assert said(f"mx.evil.example; {TRUE}", ours).result == "pass"
    assert said(f"mx.evil.example; {TRUE}").result == "none"
    assert said(ours, hosts=frozenset()).result == "none"
    assert said("mx.acme.example; dmarc=pass header.from=evil.example").result == "none"
    assert said("mx.acme.example; dkim=pass header.d=mail.acme.example").result == "pass"
    assert said("mx.acme.example; spf=pass smtp.mailfrom=evil.example").result == "none"
    assert said("mx.acme.example; none").result == "none"
    assert said("\u00e4; (((").result == "none"
