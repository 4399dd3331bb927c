"""How many cases a law is tried with, chosen by HYPOTHESIS_PROFILE.

A law of consolidation costs some 25 ms of processor time a case: `quick` is for every run of the
tests, `ci` and `thorough` (for the laws that all others lean on) are what `.ci/run` has time for. These
try the same cases each time, so that a change is judged by what it changed; `nightly` looks for new ones.
"""

import os

from hypothesis import HealthCheck, settings

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "quick", max_examples=50, deadline=None, derandomize=True, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile("ci", parent=settings.get_profile("quick"), max_examples=250, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=1_000)
settings.register_profile(
    "nightly", parent=settings.get_profile("ci"), max_examples=50_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
