"""The pure core: booking records in, trips out. No clock, no I/O, no chance. Read consolidate.py first."""
