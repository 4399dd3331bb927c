"""Edges of every process: settings, Kafka, PostgreSQL, tokens, logs, health. Knows no business word."""
