"""The architecture page says what the code says, where it can be checked."""

import re
from pathlib import Path

from schemas.segments import SEGMENT_TYPES
from schemas.topics import TOPICS, Partitioning, Topic

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
DAY_MS = 24 * 60 * 60 * 1000


def kept(topic: Topic) -> str:
    if topic.config["cleanup.policy"] == "compact":
        return "compacted, for ever"
    return f"{int(topic.config['retention.ms']) // DAY_MS} days"


def row(topic: Topic) -> str:
    chosen_by = "traveller" if topic.partitioning is Partitioning.TRAVELLER else "key"
    parties = f"{', '.join(topic.producers)} → {', '.join(topic.consumers)}"
    return f"| `{topic.name}` | {topic.key} | {chosen_by} | {kept(topic)} | {parties} | {topic.purpose} |"


def test_the_table_of_topics_is_that_of_the_code() -> None:
    head = [
        "| topic | key | partitioned by | kept | who writes → who reads | what |",
        "|---|---|---|---|---|---|",
    ]
    table = "\n".join([*head, *map(row, TOPICS)])
    found = re.search(r"<!-- topics -->\n(.*?)\n<!-- /topics -->", PAGE, re.DOTALL)
    assert found is not None
    assert found[1] == table


def test_the_glossary_knows_every_kind_of_segment() -> None:
    segment = next(line for line in PAGE.splitlines() if line.startswith("| segment |"))
    said = {"air": "flight", "car": "rental", "hotel": "stay", "dining": "meal"}
    assert all(said.get(kind, kind) in segment for kind in SEGMENT_TYPES)


def test_every_link_of_the_documents_leads_to_a_file() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
