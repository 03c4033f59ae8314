#!/usr/bin/env bash
# Prepares a checkout: obtains uv, the two Python environments and the front-end packages. Says what it does, does only
# what is missing, and can be run again at any time.
# usage: cli/setup.sh [up|test|bench]
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-up}
uv_version=0.13.9

say() { printf '\033[1m•\033[0m %s\n' "$*"; }
fail() { printf '\n\033[1mManca qualcosa:\033[0m %s\n' "$*" >&2; exit 1; }

# 1. uv, in a folder of its own
if ! [ "$(.uv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" = "$uv_version" ]; then
    say "Installo uv $uv_version (gestore di ambienti Python) in .uv/"
    python=
    for candidate in python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then python=$candidate; break; fi
    done
    [ -n "$python" ] || fail "nessun Python 3 sul PATH. Installi Python 3.11 (su Debian e Ubuntu: apt install python3 python3-venv) e riprovi."
    rm -rf .uv
    "$python" -m venv .uv >/dev/null 2>&1 || fail "il modulo venv di $python. Su Debian e Ubuntu: apt install python3-venv. Poi riprovi."
    .uv/bin/pip install --quiet --disable-pip-version-check "uv==$uv_version" ||
        fail "uv $uv_version non si scarica dall'indice dei pacchetti Python. Controlli la connessione o il proxy (variabile PIP_INDEX_URL) e riprovi."
fi
uv=$PWD/.uv/bin/uv

# 2. interpreters: what is on the machine (pyenv included), else uv fetches them
for version in 3.11 3.10; do
    if ! "$uv" python find "$version" >/dev/null 2>&1; then
        say "Python $version non c'è: provo a scaricarlo"
        "$uv" python install "$version" >/dev/null 2>&1 ||
            fail "Python $version. Non è installato e non si riesce a scaricarlo. Lo installi (per esempio: pyenv install $version) e riprovi."
    fi
done

# 3. the two environments; a stamp makes the second start quick
sync() { # environment, python, stamp words, uv arguments...
    local environment=$1 version=$2 words=$3; shift 3
    local stamp wanted
    stamp=$environment/.rientro-$words
    wanted=$(cat uv.lock pyproject.toml | sha256sum | cut -d' ' -f1)
    if [ -x "$environment/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    say "Preparo $environment (Python $version): la prima volta richiede qualche minuto"
    UV_PROJECT_ENVIRONMENT=$environment "$uv" sync --frozen --inexact --python "$version" "$@" ||
        fail "i pacchetti di $environment non si installano. Legga il messaggio qui sopra; dopo avere corretto, ripeta il comando."
    # The stamp vouches for the whole environment: it is given its name once everything before it is on the disk.
    printf '%s' "$wanted" >"$stamp.new"
    command sync -f "$stamp.new" 2>/dev/null || command sync
    mv "$stamp.new" "$stamp"
}
sync .venv-bot 3.10 bot --no-default-groups --group bot --no-install-project
case $purpose in
    up) sync .venv 3.11 up --no-default-groups --group app --group assets ;;
    test) sync .venv 3.11 test --no-default-groups --group app --group assets --group dev ;;
    bench) sync .venv 3.11 bench --no-default-groups --group app --group assets --group dev --group bench ;;
    *) fail "argomento sconosciuto: $purpose (up, test o bench)" ;;
esac

# 4. front-end packages
.venv/bin/python web/assets/build.py || fail "i pacchetti delle pagine web (npm) non si installano. Controlli la connessione e riprovi."
