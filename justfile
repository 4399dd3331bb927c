# The recipes that people and the pipeline share. `just` alone lists them.

export HYPOTHESIS_PROFILE := env("HYPOTHESIS_PROFILE", "quick")

[private]
default:
    @just --list

# Install everything that the project needs, as locked
setup:
    uv sync --locked

# Format, lint, types, imports, contracts and the tests that need no services: under a minute
[parallel]
check: lint types quick-tests

# Formatting, lint, imports between modules, and the exported schemas
lint:
    uv run ruff format --check
    uv run ruff check
    uv run lint-imports --no-logo
    uv run python -m schemas.export --check

# Types, strictly
types:
    uv run pyright

[private]
quick-tests:
    uv run pytest tests/unit tests/property tests/contract -q -n 2

# Every test; starts a real Kafka and a real PostgreSQL
test *arguments:
    uv run pytest {{ arguments }}

# Put the code in its one format and mend what can be mended by itself
format:
    uv run ruff format
    uv run ruff check --fix

# Write the exported schemas and the AsyncAPI document from the code
schemas:
    uv run python -m schemas.export

# Run everything on this machine
up *arguments:
    uv run itinerary up {{ arguments }}

# Feed one journey from four sources and show the trip
demo:
    uv run itinerary demo
