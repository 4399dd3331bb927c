"""The processes of ingest, one module each; each imports only what it runs."""
