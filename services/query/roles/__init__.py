"""The processes of query, one module each; each imports only what it runs."""
