"""Makes both environments from pinned, hashed requirements. A second run finds nothing to do and says nothing.

    sh tools/python.sh tools/setup.py           the environments .venv and .venv-bot, and a browser for tests
    sh tools/python.sh tools/setup.py oracles   the npm packages that tests compare with

Only the standard library: this runs before anything is installed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from stamps import BACKEND, BOT, ORACLES, ROOT, SetupError, alone


def timed(title: str, work: Callable[[], None]) -> None:
    """Do a part of the work, and say how long it took."""
    print(f"{title} ...", flush=True)
    started = time.monotonic()
    work()
    print(f"{title}: {time.monotonic() - started:.1f} s", flush=True)


def set_up() -> None:
    import environments  # late: a run with nothing to do takes no longer than needed

    with alone():
        started = time.monotonic()
        environments.check_compiler()
        if not BACKEND.is_current():
            timed("Environment of the backend (.venv)", environments.make_backend)
        if not BOT.is_current():
            timed("Environment of the bot (.venv-bot)", environments.make_bot)
        environments.make_browser()
        print(f"Set-up: {time.monotonic() - started:.1f} s", flush=True)


def set_up_oracles() -> None:
    import environments

    with alone():
        timed("Packages that tests compare with (node_modules)", environments.make_oracles)


def main() -> None:
    os.chdir(ROOT)
    try:
        if sys.argv[1:] == ["oracles"]:
            if not ORACLES.is_current():
                set_up_oracles()
        elif not (BACKEND.is_current() and BOT.is_current()):
            set_up()
    except SetupError as error:
        sys.exit(f"Set-up stopped: {error}")


if __name__ == "__main__":
    main()
