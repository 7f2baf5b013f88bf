#!/bin/sh
# Makes the virtual environment $1 with the interpreter $2, or says what is missing and what to do about it.
set -eu
venv=$1 python=$2

fail() { printf 'cannot set up Threadline: %s\n' "$1" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 ||
    fail "no '$python' on the PATH; install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "'$python' is $("$python" --version 2>&1), 3.11 or newer is needed; name another one: make setup PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "'$python' has no venv module; on Debian or Ubuntu: apt-get install python3-venv"

# A directory without the stamp of a finished set-up is of no use: start over.
"$python" -m venv --clear "$venv" ||
    fail "'$python -m venv $venv' failed, see above; on Debian or Ubuntu: apt-get install python3-venv"
