"""What the metrics say of a batch."""

from services.consolidator.partition import BatchOutput
from services.platform import metrics


def count(output: BatchOutput, *, seconds: float) -> None:
    """Count a batch that is committed.

    Args:
        output: what it came to.
        seconds: how long it took, the writing among it.
    """
    metrics.BATCHES.add()
    metrics.BATCH_SECONDS.observe(seconds)
    metrics.INPUTS.add(output.taken)
    for reason in output.buried:
        metrics.DEAD_LETTERS.add(reason=reason)
        metrics.OUTCOMES.add(result="refused")
    for _, step in output.steps:
        for outcome in step.outcomes:
            metrics.OUTCOMES.add(result=outcome.result)
        written = {trip.id for trip in step.trips}
        metrics.TRIPS.add(len(written), result="written")
        metrics.TRIPS.add(sum(trip.id not in written for trip in step.settled), result="suppressed")
