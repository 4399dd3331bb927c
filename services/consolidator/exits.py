"""With which code a process ends, for whoever supervises it; 0 after a stop that was asked for."""

EXIT_UNFIT = 1
"""It refuses to start, and says what to mend."""
EXIT_TROUBLE = 70
EXIT_STALLED = 71
