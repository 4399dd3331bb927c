"""Small programs that build on Itinerary as others would: through its topics and addresses alone."""
