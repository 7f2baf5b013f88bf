#!/bin/sh
# Installs the packages of the file $2 into the virtual environment $1: with uv, which takes a third of pip's time;
# with pip where uv cannot be had, or cannot reach the index that pip is set up for.
set -eu
python=$1/bin/python packages=$2
pip() { "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"; }

if [ ! -x .venv/bin/uv ] && [ "$1" = .venv ]; then
    pip requirements/uv.txt || echo "uv could not be installed"
fi
if [ -x .venv/bin/uv ] && .venv/bin/uv pip install --quiet --compile-bytecode --python "$python" --require-hashes -r "$packages"; then
    exit 0
fi
echo "uv could not install $packages: trying pip, which takes some minutes"
pip "$packages"
