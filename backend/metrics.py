"""What monitoring reads at /metrics: counters of the road, never of people."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

RECEIVED = Counter("ventanilla_inbound_total", "Messages stored", ["channel"])
DUPLICATES = Counter("ventanilla_inbound_duplicates_total", "Messages known already", ["channel"])
IGNORED = Counter("ventanilla_webhook_ignored_total", "Provider events that are none of ours", ["channel", "event"])
REJECTED = Counter("ventanilla_webhook_rejected_total", "Deliveries refused", ["channel", "status"])
SPOOLED = Counter("ventanilla_webhook_spooled_total", "Deliveries kept on disk while the database was away")
ALARMS = Counter("ventanilla_alarms_total", "Messages read as a danger")
TURNS = Counter("ventanilla_turns_total", "Turns by outcome", ["outcome"])
TURN_SECONDS = Histogram("ventanilla_turn_batch_seconds", "Asking the bot for a batch of turns")
SENT = Counter("ventanilla_outbound_total", "Calls to providers by outcome", ["channel", "outcome"])
IN_DOUBT = Counter(
    "ventanilla_outbound_in_doubt_total", "Messages sent again after a time-out that may have been accepted"
)
WAITING = Gauge("ventanilla_conversations_waiting", "Conversations whose turn is due", multiprocess_mode="mostrecent")


def exposition() -> bytes:
    """Prometheus text of this process, or of all of them where they share PROMETHEUS_MULTIPROC_DIR."""
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not shared or not Path(shared).is_dir():
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return generate_latest(registry)
