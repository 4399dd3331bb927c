"""How often a law is tried whose cases take many times as long as the others' do."""

from hypothesis import settings

_CASES = settings().max_examples
COSTLY = settings(max_examples=min(_CASES, max(50, _CASES // 4)))
