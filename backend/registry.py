"""Every table of the installation, imported once so that metadata, migrations and checks see them all."""

from __future__ import annotations

from backend.alarms import models as alarms
from backend.appointments import models as appointments
from backend.campaigns import models as campaigns
from backend.contacts import models as contacts
from backend.content import models as content
from backend.conversations import models as conversations
from backend.db import Base
from backend.experiments import models as experiments
from backend.flows import models as flows
from backend.operators import models as operators
from backend.requests import models as requests

__all__ = [
    "Base",
    "alarms",
    "appointments",
    "campaigns",
    "contacts",
    "content",
    "conversations",
    "experiments",
    "flows",
    "operators",
    "requests",
]
