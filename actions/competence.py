"""Whose matter a report is: what another authority or municipality looks after is said, and gets no folio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.content import Content
from actions.heard import Heard

OTHER = ("otro:", "other:")  # how competences.yml names who is no department of the institution


def department(content: Content, heard: Heard, kind: object, owner: str) -> str:
    """The department competent for a kind of report; the owner of the form where the jurisdiction does not say."""
    where, competent = content.jurisdictions.get(heard.jurisdiction), _competent(content, heard, kind)
    return competent if where and competent in where.institution.departments else owner


def other_authority(content: Content, heard: Heard, fields: Mapping[str, Any]) -> str | None:
    """The name of the authority that looks after what is reported, where it is not this government."""
    competent = _competent(content, heard, fields.get("tipo_reporte"))
    return competent.partition(":")[2].strip() if competent.startswith(OTHER) else None


def other_municipality(content: Content, heard: Heard) -> str | None:
    """The municipality that the message names, where this government does not serve it."""
    where, named = content.jurisdictions.get(heard.jurisdiction), heard.entities.get("municipio")
    served = where.institution.municipalities if where else ()
    return str(named) if named and served and named not in served else None


def _competent(content: Content, heard: Heard, kind: object) -> str:
    where = content.jurisdictions.get(heard.jurisdiction)
    return where.competences.get(str(kind), "") if where else ""
