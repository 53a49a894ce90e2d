"""What the bot writes to its log: warnings of its own, never a citizen's words."""

from __future__ import annotations

import logging
import os
import warnings


def quiet_imports() -> None:
    """Call before Rasa is imported: its old dependencies warn about one another, which no operator can mend."""
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.simplefilter("ignore", DeprecationWarning)


def quiet(level: int = logging.WARNING) -> None:
    """Without this Rasa's structlog prints every debug event, with the text of each message, to standard output."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("LOG_LEVEL_LIBRARIES", "ERROR")
    os.environ.setdefault("LOG_LEVEL", "ERROR")  # progress bars too are drawn only above it
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(level)
    logging.getLogger("rasa").setLevel(level)
    logging.getLogger("rasa_sdk").setLevel(level)
