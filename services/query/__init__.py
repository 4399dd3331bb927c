"""What the consolidator made of the log, shown: trips.v1 → read model → HTTP and XML."""
