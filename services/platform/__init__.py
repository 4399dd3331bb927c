"""Edges that every process needs: settings, Kafka, PostgreSQL, tokens, logs, health. Knows no business word."""
