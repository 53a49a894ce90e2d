"""Every table of the installation, imported once so that metadata, migrations and checks see them all."""

from __future__ import annotations

from backend.contacts import models as contacts
from backend.content import models as content
from backend.conversations import models as conversations
from backend.db import Base
from backend.operators import models as operators
from backend.requests import models as requests

__all__ = ["Base", "contacts", "content", "conversations", "operators", "requests"]
