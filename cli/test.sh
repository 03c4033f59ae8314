#!/usr/bin/env bash
# Runs every test: style and import directions, the bot's own tests in its environment, then the application's.
set -euo pipefail
cd "$(dirname "$0")/.."
cli/lint.sh
echo "== Bot (Python 3.10)"
.venv-bot/bin/python -m pytest tests/bot -q
echo "== Application (Python 3.11)"
exec .venv/bin/python -m pytest tests --ignore=tests/bot -q "$@"
