"""From a raw mail to bookings. Nothing here does I/O, reads a clock or draws lots; start at `reading.py`."""
