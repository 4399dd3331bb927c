"""The golden vectors of `tests/contract/partitions.json`, made again by Kafka's console producer."""

import json
from pathlib import Path

from services.platform.backing import Backing
from tests.support.console_producer import golden_vectors

VECTORS = Path(__file__).parents[1] / "contract" / "partitions.json"


async def test_the_console_producer_still_makes_the_golden_vectors(backing: Backing, tmp_path: Path) -> None:
    made = await golden_vectors(bootstrap=backing.kafka, cache=tmp_path / "jars")
    (tmp_path / "partitions.json").write_text(json.dumps(made, ensure_ascii=False, indent=1))
    assert made == json.loads(VECTORS.read_text()), f"compare with {tmp_path / 'partitions.json'}"
