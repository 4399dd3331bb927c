"""Concur's Itinerary v1.1 as data: its element tree, and how that maps to the language."""
