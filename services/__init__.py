"""The services: ingest, consolidator and query, the command line over them and the platform under them."""
