"""An expense system in small: opens a report for each trip that is ready to expense, and closes what is not.

It imports nothing of Itinerary: what it knows stands in docs/events.md. Start reading at `ledger.py`.
"""
