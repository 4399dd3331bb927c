"""How many cases a law is tried with, chosen by HYPOTHESIS_PROFILE.

A law of consolidation costs some 45 ms of processor time a case, which is what `ci` has to live with;
`.ci/run` tries the law that everything else leans on with `thorough`.
"""

import os

from hypothesis import HealthCheck, settings

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile("ci", parent=settings.get_profile("quick"), max_examples=500, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=2_000)
settings.register_profile("nightly", parent=settings.get_profile("ci"), max_examples=50_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
