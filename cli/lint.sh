#!/usr/bin/env bash
# Style, the direction of imports, types; what was checked before and did not change is taken from caches.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== Style, import directions and types"
.venv/bin/ruff check --quiet .
.venv/bin/ruff format --quiet --check .
.venv/bin/lint-imports
.venv/bin/mypy
