"""Whether alarms would reach somebody: what keeps an installation from production, each with its mend."""

from __future__ import annotations

from collections.abc import Iterator

from backend.office import FrontDesk
from backend.settings import UnsafeConfiguration
from bot.packs.on_call import without_list

FILE = "data/jurisdictions/{jurisdiction}/on_call.yml"


def on_call_faults(desk: FrontDesk) -> list[str]:
    """Health services without a list, a list of example, and people whom no channel of ours reaches."""
    path = FILE.format(jurisdiction=desk.jurisdiction)
    return [f"{path}: {fault}" for fault in _faults(desk)]


def _faults(desk: FrontDesk) -> Iterator[str]:
    on_call = desk.government.on_call
    for service in without_list([*desk.catalogue.packs.values()], desk.government):
        yield f"on_call.{service}: un servicio de salud no arranca sin lista de guardia; escribe quién contesta"
    if on_call.example:
        yield "example: los teléfonos son ficticios; pon los de tu guardia y quita `example`"
    sms, mail = desk.settings.channels.twilio_sms.configured, bool(desk.settings.smtp.host)
    for service, duties in on_call.duties.items():
        for duty in duties:
            if not (duty.sms and sms) and not (duty.email and mail):
                yield (
                    f"on_call.{service}: no hay cómo avisar a {duty.name}; "
                    "configura VENTANILLA_CHANNELS__TWILIO_SMS__… para SMS o VENTANILLA_SMTP__HOST para correo"
                )


def refuse_without_on_call(desk: FrontDesk) -> None:
    """Raise UnsafeConfiguration where production would take in alarms that ring nobody."""
    faults = on_call_faults(desk) if desk.settings.in_production else []
    if faults:
        raise UnsafeConfiguration("\n".join(faults))
