"""Whoever calls, as the rest of a service knows them; tokens.py says how they are known."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

PrincipalKind = Literal["traveller", "admin", "tmc", "supplier", "third_party", "operator"]


class Principal(BaseModel):
    """Whoever a verified token speaks for (design, section 7)."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    kind: PrincipalKind
    subject: str
    """The login of the user who granted the token."""
    client: str
    """The client id, by which the tenant's table of senders knows the party."""
    company_wide: bool = False
    """True where the user behind the token administers the company."""
    travel_types: tuple[str, ...] = ()
    """What a supplier sells; empty for everyone else."""
    scopes: tuple[str, ...] = ()
