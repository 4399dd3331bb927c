"""The language that the services share: what a booking record, a trip and an event are.

Knows pydantic and the JSON encoder and nothing else: no topic client, no database, no clock.
"""
