"""What a process has loaded is out of the collector's way; what it makes afterwards is not."""

from __future__ import annotations

import gc

from bot.garbage import spare_what_is_loaded


def test_only_what_is_loaded_is_spared() -> None:
    loaded = [[number] for number in range(1000)]
    try:
        spare_what_is_loaded()
        spared = gc.get_freeze_count()
        made = [[number] for number in range(1000)]
        assert spared >= len(loaded)
        assert gc.get_freeze_count() == spared
        assert any(one is made for one in gc.get_objects())
        assert not any(one is loaded for one in gc.get_objects())
    finally:
        gc.unfreeze()
