"""The table of visibility against the published list of what a TripLink supplier sees of others."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.concur.mapping import ITINERARY, SEGMENTS, Table
from services.query.domain.visible_fields import HEADER_FIELDS_OF_OTHERS, VISIBLE, Relation

NEVER_ABSENT = {"DateCreatedUtc", "DateModifiedUtc"}
"""Dates of record are the service's own, and nobody's secret."""


def rows(reference: Path, kind: str) -> Iterator[dict[str, str]]:
    with (reference / "concur" / "element_tree.csv").open(newline="") as file:
        yield from (row for row in csv.DictReader(file) if row["xsd_type"] == kind)


def named(table: Table, fields: frozenset[str]) -> set[str]:
    """Elements of which a field, or a part of it, is among these."""
    return {
        column.element
        for column in table.columns
        if ".".join(column.field) in fields or column.field[0] in fields
    }


@pytest.mark.parametrize("element", SEGMENTS)
def test_a_supplier_sees_of_others_what_is_published_and_no_more(element: str, reference: Path) -> None:
    published = list(rows(reference, f"{element}Type"))
    assert published
    visible = {row["element"] for row in published if row["triplink_visible"] == "Y"} - NEVER_ABSENT

    assert named(SEGMENTS[element], VISIBLE[Relation.OTHERS][element.lower()]) == visible  # type: ignore[index]


def test_of_a_header_a_supplier_sees_what_is_published(reference: Path) -> None:
    published = list(rows(reference, "ItineraryType"))
    visible = {row["element"] for row in published if row["triplink_visible"] == "Y"}
    mapped = {column.element for column in ITINERARY.columns}

    shown = {
        c.element for c in ITINERARY.columns if c.field[0] in HEADER_FIELDS_OF_OTHERS | {"status_number"}
    }
    assert shown == visible & mapped
