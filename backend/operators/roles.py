"""What each role may do. A table: a new role is a line, a new permission a word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Permission = Literal[
    "ver_conversaciones",
    "tomar",
    "responder",
    "asignar",
    "atender_alarmas",
    "anotar",
    "ver_texto_original",  # of any conversation that the operator sees
    "ver_texto_original_propio",  # only while holding the conversation
    "administrar_usuarios",
    "ver_auditoria",
    "atender_derechos",
    "detener_envios",
]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)


@dataclass(frozen=True)
class Role:
    """A role as people read it, and what it allows."""

    title: str
    permissions: frozenset[Permission]


def _role(title: str, *permissions: Permission) -> Role:
    return Role(title, frozenset(permissions))


ROLES: Mapping[str, Role] = {
    "observador": _role("Observación", "ver_conversaciones"),
    "anotador": _role("Anotación", "ver_conversaciones", "anotar"),
    "operador": _role(
        "Atención", "ver_conversaciones", "tomar", "responder", "atender_alarmas", "ver_texto_original_propio"
    ),
    "supervisor": _role(
        "Supervisión", "ver_conversaciones", "tomar", "responder", "atender_alarmas", "asignar", "anotar",
        "ver_texto_original", "ver_auditoria", "detener_envios",
    ),
    # runs the installation, and therefore reads nobody's conversation
    "administrador": _role("Administración", "administrar_usuarios", "ver_auditoria", "detener_envios"),
    "oficial_privacidad": _role(
        "Privacidad", "ver_conversaciones", "ver_texto_original", "ver_auditoria", "atender_derechos"
    ),
}  # fmt: skip


def allows(role: str, permission: Permission) -> bool:
    """Whether the role has the permission; an unknown role has none."""
    known = ROLES.get(role)
    return known is not None and permission in known.permissions
