#!/usr/bin/env bash
# Style, types and the direction of imports.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== Style and import directions"
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
.venv/bin/lint-imports --no-cache
