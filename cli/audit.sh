#!/usr/bin/env bash
# Known vulnerabilities and the bill of materials of both environments, from uv.lock alone: see cli/dependency_audit.py.
# usage: cli/audit.sh [--out FOLDER] [--advisories FOLDER] [--required]
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python -m cli.dependency_audit "$@"
