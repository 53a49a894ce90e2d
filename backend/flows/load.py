"""All flows of an installation: `data/services/<pack>/flows/*.yml`, and those that were imported into its own data."""

from __future__ import annotations

from pathlib import Path

from backend.flows.model import Flow
from backend.flows.read import read_flow
from bot.packs.model import Fault
from bot.packs.yaml_file import PackError

FOLDER = "flows"


def flow_files(data_dir: Path, imported: Path | None = None) -> list[Path]:
    """Every flow's file, in the order of packs and names. `imported` holds folders like those of services."""
    roots = [data_dir / "services", *([imported] if imported else [])]
    return [path for root in roots for path in sorted(root.glob(f"*/{FOLDER}/*.yml"))]


def load_flows(data_dir: Path, imported: Path | None = None) -> dict[str, Flow]:
    """The flows by id. Raises PackError with every fault of every file."""
    flows, faults = read_flows(data_dir, imported)
    if faults:
        raise PackError(faults)
    return flows


def read_flows(data_dir: Path, imported: Path | None = None) -> tuple[dict[str, Flow], list[Fault]]:
    """The flows that could be read, and all faults."""
    return read_files(flow_files(data_dir, imported))


def read_files(paths: list[Path]) -> tuple[dict[str, Flow], list[Fault]]:
    """Flows of files that lie in `<pack>/flows/`."""
    flows: dict[str, Flow] = {}
    faults: list[Fault] = []
    for path in paths:
        pack = path.parent.parent.name
        flow, file = read_flow(path, "/".join(path.parts[-5:]), pack)
        flows[flow.id] = flow
        faults += file.faults
    return flows, faults
