"""What flows tell departments: read, and marked as seen. One filter of departments in every query."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, Select, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Address
from backend.conversations.models import Conversation
from backend.crypto import CannotDecrypt, Vault
from backend.flows.models import StaffNote
from backend.privacy.redact import redact


class Departments(Protocol):
    """The departments of whoever reads; `everything` where there is no limit."""

    @property
    def everything(self) -> bool: ...

    def __iter__(self): ...  # type: ignore[no-untyped-def]
