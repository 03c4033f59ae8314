#!/usr/bin/env bash
# Measures what the documentation quotes, one command after the other; each can be run alone with its own options.
set -euo pipefail
cd "$(dirname "$0")/.."
for command in eligibility eligibility_questions eligibility_rule_mutants nlu chat_turns referrals dialogue_agreement load cold_start; do
    printf '\n== python -m benchmarks.%s\n' "$command"
    .venv/bin/python -m "benchmarks.$command"
done
