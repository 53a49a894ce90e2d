"""One installation per folder: a second one is told so before it touches anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.embedded.supervision import Ownership
from backend.settings import Settings
from backend.up.installation import AlreadyRunning, Installation


def test_a_second_installation_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = Ownership(tmp_path / "up.lock")
    assert first.take()
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").touch()
    with pytest.raises(AlreadyRunning, match="detenla, o usa otro VENTANILLA_DATA_DIR"):
        Installation(Settings(_env_file=None, data_dir=tmp_path)).__enter__()
    assert (tmp_path / "metrics" / "counter_1.db").exists(), "the figures of the one that runs"
    first.release()
