#!/usr/bin/env bash
# Runs the tests, those of the application and those of the dialogue engine side by side.
# usage: cli/test.sh [quick|services|whole|all] [arguments for the application's pytest]
# quick: style, types, import directions and every test that needs nothing but its process; services: those that need a
# database server, the web application or an engine behind a port; whole: those that need the running service or a browser; all: everything.
# tests/stages.py says which test belongs where. RIENTRO_TEST_WORKERS is how many run at once, by default one a core.
set -euo pipefail
cd "$(dirname "$0")/.."
stage=${1:-all}
[ $# = 0 ] || shift
unset PYTHONDONTWRITEBYTECODE # compiled once, not in each of the many processes that tests start
cores=$(nproc 2>/dev/null || echo 2)
workers=${RIENTRO_TEST_WORKERS:-$((cores < 8 ? cores : 8))}
parallel=(--dist loadgroup --no-loadscope-reorder)
case $stage in
    quick | services | whole) chosen=(-m "$stage") ;;
    all) chosen=() ;;
    *) echo "unknown stage: $stage (quick, services, whole or all)" >&2; exit 2 ;;
esac
case $stage in quick | all) cli/lint.sh ;; esac

log=$(mktemp)
bot_tests() { # what they say comes in one piece when they end
    local code=0 running
    trap 'kill "$running" 2>/dev/null || true' TERM
    .venv-bot/bin/python -m pytest tests/bot -q -n 1 "${parallel[@]}" "${chosen[@]}" >"$log" 2>&1 &
    running=$!
    wait "$running" || code=$?
    printf '\n== Dialogue engine (Python 3.10)\n%s\n' "$(cat "$log")"
    if [ "$code" = 5 ]; then return 0; fi # none in this stage
    return "$code"
}
echo "== Application (Python 3.11), $workers at once; the dialogue engine's tests beside them"
bot_tests &
bot=$!
trap 'kill "$bot" 2>/dev/null || true; rm -f "$log"' EXIT
failed=0
.venv/bin/python -m pytest tests --ignore=tests/bot -q -n "$workers" "${parallel[@]}" "${chosen[@]}" "$@" || failed=$?
wait "$bot" || { failed=1; echo "The dialogue engine's tests failed: their report is above."; }
exit "$failed"
