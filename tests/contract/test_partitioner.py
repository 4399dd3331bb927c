"""Our partitioner against golden vectors, which Kafka's own console producer made.

`tests/integration/test_golden_vectors.py` makes them again and compares.
"""

import json
from pathlib import Path

import pytest

from services.platform.kafka import partition_for
from tests.support.console_producer import PARTITION_COUNTS, TRAVELLERS

VECTORS = json.loads((Path(__file__).parent / "partitions.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: ascii(f"{v['tenant']}|{v['traveller']}"))
def test_a_traveller_has_the_partition_that_kafka_would_choose(vector: dict) -> None:
    ours = {
        count: partition_for(tenant=vector["tenant"], traveller=vector["traveller"], partitions=int(count))
        for count in vector["partitions"]
    }
    assert ours == vector["partitions"]


def test_the_vectors_cover_every_traveller_and_number_of_partitions() -> None:
    assert [(v["tenant"], v["traveller"]) for v in VECTORS] == list(TRAVELLERS)
    assert all(list(v["partitions"]) == [str(count) for count in PARTITION_COUNTS] for v in VECTORS)
