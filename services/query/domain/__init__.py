"""The pure part: rows from values, and what is shown to whom. No I/O, clock or logs."""
