#!/usr/bin/env bash
# Style, the direction of imports, types.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== Style, import directions and types"
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
.venv/bin/lint-imports --no-cache
.venv/bin/mypy
