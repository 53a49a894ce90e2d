"""The table of roles, as people would check it."""

from __future__ import annotations

import pytest

from backend.operators.roles import PERMISSIONS, ROLES, Permission, allows

MAY: dict[Permission, set[str]] = {
    "ver_conversaciones": {"observador", "anotador", "operador", "supervisor", "oficial_privacidad"},
    "responder": {"operador", "supervisor"},
    "tomar": {"operador", "supervisor"},
    "ver_texto_original": {"supervisor", "oficial_privacidad"},
    "administrar_usuarios": {"administrador"},
    "ver_auditoria": {"supervisor", "administrador", "oficial_privacidad"},
}


@pytest.mark.parametrize("permission", MAY)
def test_who_may(permission: Permission) -> None:
    assert {role for role in ROLES if allows(role, permission)} == MAY[permission]


def test_an_unknown_role_may_nothing() -> None:
    assert not any(allows("jefe", permission) for permission in PERMISSIONS)
