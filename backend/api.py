"""What every endpoint of /api/v1 shares: the token."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Header, HTTPException, Request


async def require_token(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    """401 unless `Authorization: Bearer <VENTANILLA_ACTIONS_TOKEN>`."""
    expected = request.app.state.settings.actions_token.get_secret_value()
    if not hmac.compare_digest(authorization.encode(), f"Bearer {expected}".encode()):
        raise HTTPException(401, "falta el token o no es el de esta instalación", {"WWW-Authenticate": "Bearer"})
