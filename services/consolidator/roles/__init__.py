"""The processes of the consolidator, one module each; each imports only what it runs."""
