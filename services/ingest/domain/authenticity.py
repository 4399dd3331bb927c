"""Whether a mail comes from the address that it names: what was found, and what that proves.

A sender is believed where the domain of its one From address is proven by a signature over the whole mail
(DKIM), by the host that delivered it (SPF), by a forwarder whose seal we trust (ARC), or by the word of a
host of our own that received it first. Everything else that a mail says about itself anybody may write.
"""

# authres carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from authres import AuthenticationResultsHeader, AuthResError
from publicsuffixlist import PublicSuffixList

from schemas.base import Model

Result = Literal["pass", "fail", "none"]


class DmarcPolicy(Model):
    """What a domain asks receivers to do with mail that does not come from it (RFC 7489)."""

    policy: Literal["none", "quarantine", "reject"]
    dkim_strict: bool = False
    spf_strict: bool = False


class Seal(Model):
    """What a chain of forwarders vouches for (RFC 8617): who sealed last, and what the first one found."""

    sealers: tuple[str, ...]
    """Domains, the first forwarder first; every seal holds."""
    dmarc_pass_for: str | None
    """The From domain that the first sealer found to be true."""


class Signature(Model):
    """A signature (DKIM) over the whole mail that holds."""

    domain: str
    recipients: tuple[str, ...] = ()
    """The addresses in To and Cc, as far as it covers those."""


class Findings(Model):
    """What checking a mail found."""

    from_addresses: tuple[str, ...]
    """Every address in every From header; a sound mail has one."""
    signatures: tuple[Signature, ...] = ()
    spf_domain: str | None = None
    """Of the envelope's sender, where the host that delivered may send for it."""
    dmarc: DmarcPolicy | None = None
    seal: Seal | None = None
    """Absent where there is no chain or it is broken."""
    unanswered: bool = False
    """Whether the DNS left a question without answer: what was not found may be there."""


class Authenticity(Model):
    """Whether the From address is believed: `pass`, `fail` where its domain disowns the mail, else `none`."""

    result: Result
    proof: str | None = None
    """What proves it, for people."""
    signed_for: tuple[str, ...] | None = None
    """To whom its sender addressed it, where a signature alone proves the sender: whoever received such a
    mail can deliver it anywhere. None where the delivery itself is proven."""


UNPROVEN = Authenticity(result="none")


def authenticity(findings: Findings, *, trusted_sealers: frozenset[str] = frozenset()) -> Authenticity:
    """Return what the findings prove about the From address."""
    domain = from_domain(findings.from_addresses)
    if domain is None:
        # Several senders, or none: whoever reads it sees one, whoever checks it may see another.
        return Authenticity(result="fail", proof="it does not have exactly one sender")
    policy = findings.dmarc or DmarcPolicy(policy="none")
    if findings.spf_domain and _aligned(findings.spf_domain, domain, strict=policy.spf_strict):
        return Authenticity(result="pass", proof=f"spf of {findings.spf_domain}")
    strict = policy.dkim_strict
    aligned = [each for each in findings.signatures if _aligned(each.domain, domain, strict=strict)]
    if aligned:
        signed_for = tuple(dict.fromkeys(to for each in aligned for to in each.recipients))
        return Authenticity(result="pass", proof=f"dkim of {aligned[0].domain}", signed_for=signed_for)
    seal = findings.seal
    if seal and seal.dmarc_pass_for == domain and seal.sealers and trusted_sealers.issuperset(seal.sealers):
        return Authenticity(result="pass", proof=f"arc of {seal.sealers[0]}")
    if policy.policy != "none" and not findings.unanswered:
        return Authenticity(result="fail", proof=f"dmarc policy of {domain}")
    return UNPROVEN


def from_domain(addresses: Sequence[str]) -> str | None:
    """Return the domain of the one address there is; None where there are none or several."""
    if len(addresses) != 1:
        return None
    _, at, domain = addresses[0].rpartition("@")
    return domain.lower().rstrip(".") or None if at else None


def host_says(
    headers: Sequence[str], *, trusted_hosts: frozenset[str], from_addresses: Sequence[str]
) -> Authenticity:
    """Return what the topmost Authentication-Results (RFC 8601) of a host of ours says.

    Anybody may write such a header; the host removes those that bear its name when a mail comes in from
    outside. So one of another host, or below another one of the same, says nothing.

    Args:
        headers: the values, the topmost first.
        trusted_hosts: their names in it, in small letters.
        from_addresses: as in `Findings`.
    """
    domain = from_domain(from_addresses)
    if domain is None:
        return Authenticity(result="fail", proof="it does not have exactly one sender")
    for value in headers:
        host, results = _results(value)
        if host in trusted_hosts:
            return _of_host(host, results, domain=domain)
    return UNPROVEN


def dmarc_pass_for(value: str) -> str | None:
    """Return the From domain that an Authentication-Results header found to be true."""
    _, results = _results(value)
    return next((of for method, result, of in results if (method, result) == ("dmarc", "pass")), None)


def read_dmarc(texts: Sequence[str]) -> DmarcPolicy | None:
    """Return the policy in the TXT records of `_dmarc.…`; None where there is none, or not exactly one."""
    records = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
    if len(records) != 1:
        return None
    pairs = (part.partition("=") for part in records[0].split(";"))
    tags = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
    policy = tags.get("p", "")
    if policy not in {"none", "quarantine", "reject"}:
        return None
    return DmarcPolicy.model_validate(
        {"policy": policy, "dkim_strict": tags.get("adkim") == "s", "spf_strict": tags.get("aspf") == "s"}
    )


def organisational_domain(domain: str) -> str:
    """Return the domain under which somebody registered it, such as `acme.co.uk` of `mail.acme.co.uk`."""
    return _suffixes().privatesuffix(domain.lower()) or domain.lower()


def _aligned(proven: str, domain: str, *, strict: bool) -> bool:
    proven = proven.lower().rstrip(".")
    if strict:
        return proven == domain
    return organisational_domain(proven) == organisational_domain(domain)


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _of_host(host: str, results: Sequence[tuple[str, str, str | None]], *, domain: str) -> Authenticity:
    for method, result, of in results:
        if method == "dmarc" and of == domain:
            if result == "pass":
                return Authenticity(result="pass", proof=f"{host} says dmarc")
            return Authenticity(result="fail" if result == "fail" else "none", proof=f"{host} says dmarc")
    for method, result, of in results:
        if method in {"dkim", "spf"} and result == "pass" and of and _aligned(of, domain, strict=False):
            return Authenticity(result="pass", proof=f"{host} says {method}")
    return UNPROVEN


_DOMAIN_OF = {"dkim": (("header", "d"), ("header", "i")), "spf": (("smtp", "mailfrom"),),
              "dmarc": (("header", "from"),)}  # fmt: skip


def _results(value: str) -> tuple[str, list[tuple[str, str, str | None]]]:
    """Return the host of a header, and of each method its result and the domain that it is about."""
    try:
        header = AuthenticationResultsHeader.parse(f"Authentication-Results: {' '.join(value.split())}")
    except (AuthResError, ValueError, IndexError, AttributeError):
        return "", []
    found: list[tuple[str, str, str | None]] = []
    for one in header.results:
        said = {(p.type.lower(), p.name.lower()): str(p.value or "") for p in one.properties}
        domains = [said[name] for name in _DOMAIN_OF.get(one.method.lower(), ()) if said.get(name)]
        domain = domains[0].rpartition("@")[2].lower().rstrip(".") if domains else None
        found.append((one.method.lower(), one.result.lower(), domain))
    return str(header.authserv_id).lower(), found
