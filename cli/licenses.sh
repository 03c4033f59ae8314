#!/usr/bin/env bash
# Writes docs/licenses.md: the licences of everything the two environments and the pages depend on.
set -euo pipefail
cd "$(dirname "$0")/.."
{
    echo "# Licences of what Rientro depends on"
    echo
    echo "Made by \`cli/licenses.sh\` from the installed packages. Rientro itself is AGPL-3.0-or-later."
    for environment in .venv .venv-bot; do
        echo
        [ "$environment" = .venv ] && echo "## Application, tests and benchmarks (Python 3.11)" || echo "## Dialogue engine (Python 3.10)"
        echo
        .venv/bin/pip-licenses --python "$environment/bin/python" --format=markdown --ignore-packages rientro
    done
    echo
    echo "## Pages (npm)"
    echo
    echo "Bootstrap Italia (BSD-3-Clause) with its icons and the Titillium Web, Lora and Roboto Mono fonts (OFL-1.1); axe-core"
    echo "(MPL-2.0) in tests only. The whole list with versions is \`web/assets/package-lock.json\`."
} >docs/licenses.md
