"""Rasa's own command line without TensorFlow: `python -m bot.rasa train`, `shell`, `test`.

The plain `rasa` command works as well, and takes half a minute longer to start.
"""

from __future__ import annotations

from bot.engine.without_tensorflow import install


def main() -> None:
    install()
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
