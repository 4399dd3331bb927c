from itertools import pairwise

from schemas.identifiers import traveller_id
from services.consolidator.verify import EVERYONE, Sample

TRAVELLERS = [traveller_id(tenant="acme", login=f"u{number}") for number in range(1000)]


def _of(sample: Sample) -> set[str]:
    return {traveller for traveller in TRAVELLERS if sample.has(traveller)}


def test_everyone_is_everyone_and_no_share_is_nobody() -> None:
    assert _of(EVERYONE) == set(TRAVELLERS)
    assert _of(Sample(share=0)) == set()


def test_a_share_is_about_that_many_and_the_same_each_time_and_others_with_another_seed() -> None:
    tenth = _of(Sample(share=0.1))
    assert 50 < len(tenth) < 150
    assert tenth == _of(Sample(share=0.1))
    assert tenth != _of(Sample(share=0.1, seed=1))


def test_who_is_looked_at_together_is_another_matter_with_another_seed() -> None:
    halves = [_of(Sample(share=0.5, seed=seed)) for seed in range(5)]

    shared = [len(one & other) for one, other in pairwise(halves)]
    assert all(200 < together < 300 for together in shared)
