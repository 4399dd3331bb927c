"""Booking records to trips."""
