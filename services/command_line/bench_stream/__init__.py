"""`itinerary bench stream`: our worker beside other engines, with the same core, broker and input."""
