"""Operators: made, recognised, and what each of them may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.conversations.service import Departments
from backend.db import Sessions
from backend.operators import passwords
from backend.operators.audit import record
from backend.operators.models import AuditEntry, Operator
from backend.operators.roles import ROLES, allows

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")


class InvalidOperator(ValueError):
    """What was asked about an operator cannot be; the message is for whoever asked."""


class Refused(Exception):
    """Unknown address, wrong password or an account that is off: always the same to whoever tries."""


def visible_departments(operator: Operator, reception: str) -> Departments:
    """The departments whose conversations the operator may see; those that are nobody's yet are the reception's."""
    return Departments.all() if operator.all_departments else Departments.of(operator.departments, reception)


async def create_operator(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    role: str,
    password: str,
    departments: list[str],
    all_departments: bool,
    by: int | None = None,
) -> Operator:
    """A new operator, in the caller's transaction; `by` None: from the terminal. Raises InvalidOperator."""
    address, shown = normal_email(email), " ".join(name.split())
    if not _EMAIL.fullmatch(address) or len(address) > 254:
        raise InvalidOperator("El correo no está completo.")
    if not shown or len(shown) > 120:
        raise InvalidOperator("Falta el nombre, o es demasiado largo.")
    if role not in ROLES:
        raise InvalidOperator(f"No existe el rol «{role}»; elige uno de: {', '.join(ROLES)}.")
    if all_departments and departments:
        raise InvalidOperator("Elige departamentos o todos, no ambas cosas.")
    try:
        passwords.check_strength(password, address)
    except passwords.WeakPassword as weak:
        raise InvalidOperator(str(weak)) from weak
    if await session.scalar(select(Operator.id).where(Operator.email == address)) is not None:
        raise InvalidOperator(f"Ya existe una cuenta con {address}.")
    made = Operator(
        email=address,
        name=shown,
        role=role,
        password_hash=await passwords.hash_password(password),
        departments=sorted(set(departments)),
        all_departments=all_departments,
    )
    session.add(made)
    await session.flush()
    record(session, by, "create", "operator", made.id, detail={"role": role, "departments": made.departments})
    return made


async def authenticate(sessions: Sessions, email: str, password: str, ip: str | None) -> Operator:
    """The operator of an address and password, recorded either way. Raises Refused.

    In transactions of its own: none is open while the password is checked, which is slow on purpose."""
    async with sessions() as session:
        operator = await session.scalar(select(Operator).where(Operator.email == normal_email(email)))
    right = await passwords.matches(operator.password_hash if operator is not None else None, password)
    if operator is None or not right or not operator.active:
        async with sessions.begin() as session:
            record(session, None, "sign_in_failed", "operator", operator.id if operator else "", ip)
        raise Refused
    values: dict[str, Any] = {"last_sign_in_at": now()}
    if passwords.outdated(operator.password_hash):
        values["password_hash"] = await passwords.hash_password(password)
    async with sessions.begin() as session:
        await session.execute(update(Operator).where(Operator.id == operator.id).values(**values))
        record(session, operator.id, "sign_in", "operator", operator.id, ip)
    return operator


async def active_operator(session: AsyncSession, operator_id: int, epoch: int) -> Operator | None:
    """The operator of a session; None where the account is off or its sessions were ended."""
    return await session.scalar(
        select(Operator).where(Operator.id == operator_id, Operator.session_epoch == epoch, Operator.active)
    )


async def set_active(session: AsyncSession, operator_id: int, active: bool, by: int | None, ip: str | None) -> None:
    """Turn an account on or off; its sessions end. Raises InvalidOperator for one's own or an unknown account."""
    if operator_id == by:
        raise InvalidOperator("No puedes cambiar tu propia cuenta.")
    changed = await session.scalar(
        update(Operator)
        .where(Operator.id == operator_id)
        .values(active=active, session_epoch=Operator.session_epoch + 1)
        .returning(Operator.id)
    )
    if changed is None:
        raise InvalidOperator("No existe esa cuenta.")
    record(session, by, "activate" if active else "deactivate", "operator", operator_id, ip)


async def change_password(session: AsyncSession, operator: Operator, current: str, new: str, ip: str | None) -> int:
    """Answers the new epoch: every session of the operator ends. Raises Refused or InvalidOperator."""
    if not await passwords.matches(operator.password_hash, current):
        raise Refused
    try:
        passwords.check_strength(new, operator.email)
    except passwords.WeakPassword as weak:
        raise InvalidOperator(str(weak)) from weak
    made = await passwords.hash_password(new)
    epoch: int | None = await session.scalar(
        update(Operator)
        .where(Operator.id == operator.id)
        .values(password_hash=made, session_epoch=Operator.session_epoch + 1)
        .returning(Operator.session_epoch)
    )
    record(session, operator.id, "change_password", "operator", operator.id, ip)
    assert epoch is not None
    return epoch


async def all_operators(session: AsyncSession) -> Sequence[Operator]:
    """Everybody with an account, by name."""
    return (await session.scalars(select(Operator).order_by(Operator.name, Operator.id))).all()


async def colleagues(session: AsyncSession, department: str) -> Sequence[Operator]:
    """Whoever may answer conversations of a department, by name."""
    answering = [name for name in ROLES if allows(name, "responder")]
    sees = or_(Operator.all_departments, Operator.departments.contains([department]))
    query = select(Operator).where(Operator.active, Operator.role.in_(answering), sees)
    return (await session.scalars(query.order_by(Operator.name, Operator.id))).all()


async def names(session: AsyncSession, ids: Collection[int | None]) -> Mapping[int, str]:
    """The names of operators by id."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = await session.execute(select(Operator.id, Operator.name).where(Operator.id.in_(wanted)))
    return {row.id: row.name for row in rows}


async def latest_entries(
    session: AsyncSession, reader: Operator, before: int | None, limit: int = 100
) -> Sequence[AuditEntry]:
    """The audit trail, newest first, before an id: of everybody, or of who shares a department with the reader."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if not reader.all_departments and not allows(reader.role, "administrar_usuarios"):
        colleagues = select(Operator.id).where(Operator.departments.overlap(reader.departments))
        query = query.where(AuditEntry.operator_id.in_(colleagues))
    return (await session.scalars(query.where(AuditEntry.id < before) if before else query)).all()


def normal_email(email: str) -> str:
    return email.strip().lower()
