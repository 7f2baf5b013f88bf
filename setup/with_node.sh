#!/bin/sh
# Runs a command with Node.js: the machine's own where it is new enough for Vite, else one installed into .venv.
#   setup/with_node.sh FOLDER COMMAND [ARGUMENT...]
set -eu
folder=$1
shift
venv=$(pwd)/.venv

new_enough() {
    command -v npm >/dev/null 2>&1 && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}

if ! new_enough; then
    if [ ! -x "$venv/bin/npm" ]; then
        echo "no Node.js 20.19 or newer on this machine: installing one into .venv"
        "$venv/bin/python" -m pip install --quiet --require-hashes -r requirements/node.txt
    fi
    PATH=$venv/bin:$PATH
    export PATH
fi
cd "$folder"
exec "$@"
