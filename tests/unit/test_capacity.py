"""The capacity plan: what it promises of itself, and that the page says what the program says."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from services.command_line.capacity import rows
from services.command_line.capacity_model import MEASURED, Limits, Load, plan

DOCS = Path("docs")
SIZES = (10_000, 1_000_000, 100_000_000)


def test_more_travellers_never_need_less() -> None:
    plans = [plan(Load(travellers)) for travellers in (1, 10, *SIZES)]
    for less, more in pairwise(plans):
        assert less.postgres_gib * less.systems <= more.postgres_gib * more.systems
        for field in ("consolidators", "gateways", "projectors", "partitions"):
            assert getattr(less, field) * less.systems <= getattr(more, field) * more.systems


@pytest.mark.parametrize("travellers", [1, *SIZES])
def test_no_system_is_beyond_its_limits_and_partitions_leave_room_for_twice_the_workers(
    travellers: int,
) -> None:
    limits, needed = Limits(), plan(Load(travellers))
    assert needed.postgres_gib * 2**30 <= limits.postgres_bytes
    assert 8 <= needed.partitions <= limits.partitions
    assert needed.partitions >= 2 * needed.consolidators
    assert needed.partitions & (needed.partitions - 1) == 0
    assert min(needed.consolidators, needed.gateways, needed.projectors, needed.systems) >= 1


def test_a_peak_asks_for_workers_and_no_disk() -> None:
    calm, rush = plan(Load(10_000_000)), plan(Load(10_000_000, peak=40))
    assert rush.consolidators > calm.consolidators
    assert (rush.postgres_gib, rush.kafka_gib) == (calm.postgres_gib, calm.kafka_gib)


def test_a_plan_by_hand() -> None:
    """A million travellers, one trip of one booking said once a year, kept for one."""
    needed = plan(Load(1_000_000, 1, 1, 1, mail_share=0, years_kept=1, peak=1))
    assert needed.statements_a_second == pytest.approx(1_000_000 / 31_536_000)
    changes = 1e6 * 0.4 * 30 / 365
    rows_of = 1e6 * (15885 * 1.39 + 382 + 259) + changes * 15885 * 0.51
    assert needed.postgres_gib == pytest.approx(rows_of * 1.5 / 2**30)
    passing = 1_000_000 / 31_536_000 * (5943 + 2232) * 30 * 86_400
    assert needed.kafka_gib == pytest.approx(3 * (1e6 * (2232 + 15885) + passing) / 2**30)
    assert needed.partitions == 16  # 16.9 GiB in at most 2 each would be 9


def test_the_page_shows_what_the_program_says() -> None:
    page = (DOCS / "capacity.md").read_text()
    for row in rows([plan(Load(travellers)) for travellers in SIZES]):
        assert f"| {' | '.join(row)} |" in page
    for name, figure in MEASURED.items():
        assert (
            f"| {name.replace('_', ' ')} | {figure.value:,g} | {figure.unit} | `{figure.command}` |" in page
        )


SAID = {
    "consolidate_cpu": ("took 1.25 ms of processor time", 1.25e-3),
    "posts": ("| 500 | 137 |", 137),
    "reads": ("| own upcoming, 20 trips | 67,552 | 1,253,", 1253),
    "stored": ("the projector stored 787, 550 and 461 trips a second", 550),
    "events": ("| events | **1,087/s** | 1,096/s |", 1096),
    "advances": ("| advances | **362/s** | 365/s |", 365),
    "deliveries": ("to the other 950 | 231 deliveries/s | 218 |", 218),
    "mails": ("| 99.6% | 294 |", 294),
    "tripit_requests": (
        "costs 51 requests a day at the default intervals (47 polls of one, one sweep of four)",
        51,
    ),
    "tripit_cpu": ("| sweep with nothing new | 500 | 8.6 | 22.7 |", 47 * 4.9e-3 + 22.7e-3),
}
"""How the benchmarks say a figure, and what the program reckons with."""


@pytest.mark.parametrize("name", SAID)
def test_a_figure_is_the_one_that_the_benchmarks_say(name: str) -> None:
    words, value = SAID[name]
    assert words in " ".join((DOCS / "benchmarks.md").read_text().split())
    assert MEASURED[name].value == value


def test_what_was_measured_is_what_the_benchmarks_and_examples_say() -> None:
    page = (DOCS / "benchmarks.md").read_text()
    for figure in MEASURED.values():
        assert figure.command.startswith("wc") or figure.command in page, figure.command
    sizes = {
        file.name: len(
            json.dumps(json.loads(file.read_text()), separators=(",", ":"), ensure_ascii=False).encode()
        )
        for file in Path("schemas/examples").iterdir()
    }
    bookings = ("agency-air-and-hotel", "supplier-car", "tripit-hotel")
    statements = [sizes[f"Statement.{name}.json"] for name in bookings]
    assert MEASURED["statement_bytes"].value == pytest.approx(sum(statements) / len(statements), rel=0.05)
    assert MEASURED["trip_bytes"].value == pytest.approx(
        sizes["TripsValue.trip-from-three-sources.json"], rel=0.05
    )
    assert MEASURED["post_bytes"].value == Path("tests/samples/concur/booking.xml").stat().st_size
