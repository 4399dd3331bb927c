"""Labels: what begins as one, whoever it is of."""

from services.ingest.domain.email import labels
from services.ingest.domain.email.words import table


def test_a_label_is_one_whoever_it_is_of() -> None:
    for owner in labels._OWNER_WORDS.split("|"):
        assert labels.meaning(f"{owner} booking number") == {"number"}
        assert labels.may_begin_with_label(f"* {owner.title()} booking number: X")
    assert not labels.may_begin_with_label("Before you can cancel, you have to book: 12")


def test_what_means_something_as_a_label_begins_as_one() -> None:
    known = [label for each in table("labels").values() for label in each.split("|")]
    for before in ("", "Your ", "Traveloka ", "la tua ", "• ", "(", "**", "No. ", "—"):
        for told in (
            f"{before}{label}{behind}"
            for label in known
            for behind in ("", " no.", " (local)", "*", " Opodo")
        ):
            assert labels.may_begin_with_label(told) or not labels.meaning(told)
