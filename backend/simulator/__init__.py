"""A fake Twilio and a fake Graph API with phones on top, for development, tests and replays."""

from backend.simulator.app import CallerTransport, create_app, install
from backend.simulator.core import Simulator
from backend.simulator.faults import BadFault, Faults
from backend.simulator.messages import Option, PhoneMessage
from backend.simulator.phones import NothingToTap, Phone
from backend.simulator.settings import SimulatorSettings

__all__ = [
    "BadFault",
    "CallerTransport",
    "Faults",
    "NothingToTap",
    "Option",
    "Phone",
    "PhoneMessage",
    "Simulator",
    "SimulatorSettings",
    "create_app",
    "install",
]
