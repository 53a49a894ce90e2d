"""A new pack that already passes `pack check` and `pack test`, for an author to write over."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from bot.packs.load import load_intents, load_jurisdiction
from bot.packs.model import Fault
from bot.packs.yaml_file import PackError

TEMPLATE = Path(__file__).parent / "template"
_ID = re.compile(r"[a-z][a-z0-9_]{1,40}")


def scaffold(data_dir: Path, pack_id: str, title: str | None = None) -> Path:
    """Write `data_dir/services/<pack_id>`; `PackError` when the name does not serve or is taken."""
    folder = data_dir / "services" / pack_id
    shown = f"{data_dir.name}/services/{pack_id}"
    if not _ID.fullmatch(pack_id):
        raise PackError([Fault(shown, "(name)", "usa minúsculas, números y _ (sin ñ ni acentos)")])
    if folder.exists():
        raise PackError([Fault(shown, "(folder)", "ya existe; elige otro nombre")])
    if pack_id in load_intents(data_dir).services:
        advice = "es un servicio de data/common/intents.yml; dale otro nombre a tu carpeta y escribe ahí service:"
        raise PackError([Fault(shown, "(name)", advice)])
    title = title or pack_id.replace("_", " ")
    words = {"id": pack_id, "title": title, "upper": title.upper(), "owner": _owner(data_dir)}
    folder.mkdir(parents=True)
    for template in sorted(TEMPLATE.glob("*.yml")):
        text = Template(template.read_text(encoding="utf-8")).substitute(words)
        (folder / template.name).write_text(text, encoding="utf-8")
    return folder


def _owner(data_dir: Path) -> str:
    """The first department of the first jurisdiction, so that the new pack belongs to somebody."""
    root = data_dir / "jurisdictions"
    folders = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    for name in folders:
        for department in load_jurisdiction(data_dir, name).institution.departments:
            return department
    raise PackError(
        [Fault(f"{data_dir.name}/jurisdictions", "(folder)", "ningún institution.yml nombra un departamento")]
    )
