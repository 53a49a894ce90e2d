"""What the desk calls things, and times as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from backend.clock import now
from bot.safety import texts

CHANNELS: Mapping[str, str] = {"twilio_sms": "SMS", "messenger": "Messenger"}
STATES: Mapping[str, str] = {
    "todas": "Todas",
    "sin_atender": "Sin atender",
    "mias": "Mías",
    "alarma": "Con alarma",
}
NOTHING: Mapping[str, str] = {
    "todas": "Cuando alguien escriba, su conversación aparecerá aquí.",
    "sin_atender": "Nadie espera a una persona en este momento.",
    "mias": "No tienes ninguna conversación tomada.",
    "alarma": "No hay alarmas abiertas.",
}
FOUND: Mapping[str, str] = {
    "folio": "Conversaciones con ese folio.",
    "telefono": "Conversaciones de ese teléfono.",
    "palabras": "Conversaciones de los últimos 90 días en que un mensaje dice todas esas palabras.",
}
REASONS: Mapping[str, str] = {
    "passed": "la pasaron de otro departamento",
    "asked": "pidió hablar con una persona",
    "misunderstood": "el asistente no le entendió",
    "failed": "el asistente falló",
    "complaint": "tiene una queja",
}
ALARMS: Mapping[str, str] = {
    "alarm": "Señal de peligro de salud",
    "disaster": "Emergencia o desastre",
    "self_harm": "Riesgo de hacerse daño",
    "violence": "Violencia",
    "urgent": "Parto en curso",
    "danger": "Contestó que sí a una señal de peligro",
    "worry": "Inquietud",
}
TRIAGE: Mapping[str, str] = {"danger": "Señal de peligro", "worry": "Inquietud", "mistake": "Error"}
DELIVERY: Mapping[str, str] = {
    "queued": "En espera",
    "sending": "Saliendo",
    "sent": "Enviado",
    "delivered": "Entregado",
    "read": "Leído",
    "undelivered": "No llegó",
    "failed": "No se pudo enviar",
}
ARRIVAL: Mapping[str, str] = {"pending": "Sin contestar todavía", "failed": "El asistente no pudo contestar"}
CLASSES: Mapping[str, str] = {
    "alarm": "Respuesta de seguridad",
    "notice": "Aviso",
    "campaign": "Campaña",
    "reply": "Asistente",
    "operator": "Persona",
}
KINDS: Mapping[str, str] = {
    "image": "Mandó una imagen",
    "photo": "Mandó una imagen",
    "audio": "Mandó una nota de voz",
    "video": "Mandó un video",
    "file": "Mandó un archivo",
    "location": "Mandó una ubicación",
    "sticker": "Mandó una calcomanía",
    "media": "Mandó un archivo",
    "echo": "Alguien respondió desde la página",
    "opt_out": "Pidió no recibir más mensajes",
    "opt_in": "Pidió volver a recibir mensajes",
}
DECISIONS: Mapping[str, str] = {
    "answer": "contestó",
    "form_ask": "preguntó un dato",
    "form_answer": "tomó la respuesta del formulario",
    "form_done": "terminó el formulario",
    "form_missing": "no encontró el folio",
    "interruption": "contestó y retomó la pregunta",
    "told_ahead": "anotó lo que iba a preguntar después",
    "invalid": "la respuesta no era válida",
    "cancel": "canceló",
    "correct": "corrigió un dato",
    "repeat": "repitió",
    "refused": "la persona dijo que no",
    "not_ours": "le toca a otra autoridad",
    "elsewhere": "el lugar parece de otro municipio",
    "no_fact": "no tiene ese dato",
    "no_question": "no había pregunta pendiente",
    "ask_topic": "preguntó sobre qué trámite",
    "ask_what": "preguntó qué quiere saber",
    "hand_over": "la pasó a una persona",
    "out_of_scope": "no es de sus servicios",
    "misunderstood": "no entendió",
    "safety": "respuesta de seguridad, antes que todo lo demás",
    "failed": "falló",
    "operator_has_the_floor": "calló: atiende una persona",
    "meanwhile": "dio un dato a quien espera a una persona",
    "without_words": "el mensaje no traía texto",
    "on_call_answer": "la guardia tomó la alarma",
    "on_call_pass": "la guardia no puede, se llamó a la siguiente persona",
    "on_call_late": "otra persona ya había tomado la alarma",
    "help_came": "recibió ayuda",
    "help_did_not_come": "no recibió ayuda, se volvió a llamar a la guardia",
    "appointment_confirmed": "confirmó su cita",
    "appointment_ask_date": "quiere cambiar su cita",
    "appointment_moved": "cambió su cita",
    "appointment_cancelled": "canceló su cita",
    "appointment_no_date": "no tiene otra fecha",
    "appointment_kept": "fue a su cita",
    "appointment_missed": "no fue a su cita",
    "appointment_rated": "dijo cómo la trataron",
}
ACTIONS: Mapping[str, str] = {
    "sign_in": "Entró",
    "sign_in_failed": "Intento fallido de entrar",
    "sign_out": "Salió",
    "list": "Vio la lista",
    "view": "Vio",
    "take": "Tomó",
    "give_back": "Devolvió al asistente",
    "assign": "Asignó",
    "search": "Buscó",
    "reply": "Respondió",
    "acknowledge": "Acusó recibo",
    "close": "Cerró",
    "triage": "Clasificó",
    "unmask": "Vio el texto original",
    "mask": "Ocultó el texto original",
    "create": "Creó",
    "activate": "Activó",
    "deactivate": "Desactivó",
    "change_password": "Cambió su contraseña",
    "view_audit": "Vio la auditoría",
    "view_operators": "Vio las cuentas",
    "see": "Marcó como visto",
    "undo_loss": "Deshizo una pérdida",
    "forget": "Borró los datos de una persona que lo pidió",
    "stop_sending": "Detuvo los envíos",
    "resume_sending": "Reanudó los envíos",
    "set_budget": "Cambió el presupuesto",
    "start": "Empezó",
    "end": "Terminó",
}
SUBJECTS: Mapping[str, str] = {
    "conversation": "conversación",
    "conversations": "conversaciones",
    "alarm": "alarma",
    "alarms": "alarmas",
    "operator": "cuenta",
    "audit": "auditoría",
    "experiment": "estudio",
    "note": "aviso",
    "notes": "avisos",
    "sending": "envíos",
    "sending_rules": "regla",
}
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def reason(text: str | None) -> str:
    """Why a person has the floor, as it is read after «porque»."""
    return REASONS.get(text or "", text or "")


def sign(name: str) -> str:
    """A sign of danger as words."""
    return texts.title(name)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def ago(moment: datetime) -> str:
    """How long since: «ahora», «12 min», «3 h», «2 días»."""
    minutes = int((now() - moment).total_seconds() // 60)
    if minutes < 1:
        return "ahora"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} días"


def soon(moment: datetime) -> str:
    """How long until: «en un momento», «en 3 min»."""
    minutes = -int((now() - moment).total_seconds() // 60)
    return f"en {minutes} min" if minutes >= 1 else "en un momento"


def since(moment: datetime) -> str:
    """«desde hace 12 min», «desde ahora»."""
    passed = ago(moment)
    return f"desde {'' if passed == 'ahora' else 'hace '}{passed}"


def clock_time(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"


def day(moment: datetime, zone: ZoneInfo) -> str:
    """«Hoy», «Ayer» or «3 nov 2026»."""
    local, today = moment.astimezone(zone).date(), now().astimezone(zone).date()
    away = (today - local).days
    if away in (0, 1):
        return ("Hoy", "Ayer")[away]
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def when(moment: datetime, zone: ZoneInfo) -> str:
    """«Hoy, 10:42» or «3 nov 2026, 10:42»."""
    return f"{day(moment, zone)}, {clock_time(moment, zone)}"
