"""Each story in this folder: given what was said, exactly these trips (`tests/support/golden.py`)."""

from pathlib import Path

import pytest

from tests.support.golden import StoryError, tell

STORIES = sorted(Path(__file__).parent.glob("*.story"))


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_the_story_comes_out_as_told(story: Path) -> None:
    for line, expected, actual in tell(story):
        assert actual == expected, f"{story.name}:{line}"


@pytest.mark.parametrize(
    "line",
    ["tmc", "tmc A: air LH", "tmc A: boat X", "person merge T1 T2", "tmc A unknown", "    below nothing"],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    story = tmp_path / "broken.story"
    story.write_text(f"# A story with one wrong line.\n{line}\n=>\n")

    with pytest.raises(StoryError, match=r"(:|line )2"):
        list(tell(story))
