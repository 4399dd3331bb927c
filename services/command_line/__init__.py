"""The `itinerary` command: runs everything on one machine, each process by itself, and operations."""
