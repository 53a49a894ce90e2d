"""`python -m backend.simulator --port 8099 --target http://127.0.0.1:8000`: the fakes alone, for benches."""

from __future__ import annotations

import argparse

import uvicorn

from backend.settings import get_settings
from backend.simulator.app import create_app
from backend.simulator.core import Simulator
from backend.simulator.settings import SimulatorSettings


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="backend.simulator", description="Los proveedores de prueba, solos.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--target", help="dirección de la ventanilla que recibe los webhooks")
    options = parser.parse_args()
    simulator = Simulator(SimulatorSettings.of(get_settings(), options.target))
    uvicorn.run(
        create_app(simulator), host=options.host, port=options.port, access_log=False, timeout_graceful_shutdown=2
    )


if __name__ == "__main__":
    main()
