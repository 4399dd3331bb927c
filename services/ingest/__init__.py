"""Raw payload to booking record."""
