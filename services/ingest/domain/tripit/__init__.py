"""What TripIt says, read and compared: pure, so that every answer can be read again from `raw.v1`."""
