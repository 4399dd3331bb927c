"""What a tenant can decide about consolidation, visibility and expense."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Model
from schemas.segments import FieldGroup

_Source = Literal["manual", "tmc", "supplier", "booking_tool", "tripit", "email"]

SOURCE_TIERS: Mapping[_Source, int] = {
    "manual": 0, "tmc": 1, "supplier": 1, "booking_tool": 1, "tripit": 2, "email": 2,
}  # fmt: skip
"""People, then who posts, then the rest: a tenant's order counts within a tier, never across (design,
section 5, rule 2)."""


class TenantSettings(Model):
    """Defaults are what a tenant has that never said anything (revision 0)."""

    revision: Annotated[int, Field(ge=0)] = 0
    precedence: Mapping[FieldGroup, tuple[_Source, ...]] = {}
    """Per field group the tenant's order of sources, best first; groups left out keep the default."""
    merge_gap_days: Annotated[int, Field(ge=0, le=14)] = 0
    """Days between two bookings that still count as one trip."""
    pre_expense_air: bool = False
    """Air is ready to expense as soon as it is ticketed."""
    ckin_counts_as_valid: bool = True
    """Whether a coupon in status CKIN makes air expensable."""
    amounts_in_events: bool = False
    agency_proposal: bool = False
    """Whether the company's agency may post trips for it to choose from."""
