#!/bin/sh
# Sees to it that there is a Chromium for the browser tests, and leaves its path in .venv/browser
# (an empty file means Playwright's own). Where there is one without windows, the tests take that, as Playwright does:
# the same engine, without the pages of a window's own that each of ours would load beside it (a fifth of the tests' CPU).
set -eu

found() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome-stable google-chrome; do
        # On Ubuntu a stub of that name may only tell people to install a snap, so the program has to answer.
        if command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1; then
            command -v "$name" >.venv/browser
            return 0
        fi
    done
    return 1
}

found && exit 0
rm -f .venv/browser

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "no Chromium on this machine: installing the distribution's"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    if apt-get update -qq; then
        for package in chromium-headless-shell chromium; do
            if apt-get install -y -qq --no-install-recommends "$package" fonts-liberation && found; then
                exit 0
            fi
        done
    fi
fi

echo "no Chromium on this machine: installing Playwright's"
if .venv/bin/python -m playwright install chromium; then
    : >.venv/browser
    exit 0
fi

cat >&2 <<'MESSAGE'
cannot run the browser tests: there is no Chromium, and neither apt-get nor Playwright could install one;
install Chromium or Google Chrome so that `chromium` or `google-chrome` is on the PATH, then run `make test` again
MESSAGE
exit 1
