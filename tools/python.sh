#!/bin/sh
# Runs its arguments with a Python 3.11 or later: that of .venv if it is there, else one of this machine.
cd "$(dirname "$0")/.." || exit 1
pyenv="${PYENV_ROOT:-$HOME/.pyenv}"
for candidate in .venv/bin/python "$VENTANILLA_PYTHON" python3.11 python3.12 python3.13 python3 \
    "$pyenv"/versions/3.11*/bin/python "$pyenv"/versions/3.12*/bin/python "$pyenv"/versions/3.13*/bin/python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -I -S -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; then
        exec "$candidate" -E -s "$@"
    fi
done
echo "Ventanilla needs Python 3.11 or later: install it (Debian: apt-get install python3 python3-venv) or set VENTANILLA_PYTHON." >&2
exit 1
