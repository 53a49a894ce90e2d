"""Names inside a pack that name nothing: a say without its answer, a missing form, a field that no form asks."""

from __future__ import annotations

from collections.abc import Collection

from bot.packs.model import LEFT_OUT, Fault, Field, Form, Pack
from bot.packs.yaml_file import nearest, service_file


def dangling(pack: Pack) -> list[Fault]:
    """The faults that would leave the bot speechless; also what `compile` refuses."""
    path = service_file(pack)
    faults = []
    for intent in pack.intents.values():
        if intent.say is not None and intent.say not in pack.answers:
            advice = f"no hay una respuesta '{intent.say}'{nearest(intent.say, pack.answers)}"
            faults.append(Fault(path, f"intents.{intent.name}.say", advice))
        if intent.form is not None and intent.form not in pack.forms:
            advice = f"no hay un formulario '{intent.form}'{nearest(intent.form, pack.forms)}"
            faults.append(Fault(path, f"intents.{intent.name}.form", advice))
    for form in pack.forms.values():
        faults += [Fault(path, f"forms.{form.name}.{key}", advice) for key, advice in _form(form)]
    return faults


def _form(form: Form) -> list[tuple[str, str]]:
    fields = {field.name: field for field in form.fields}
    found = [
        (f"refused.{name}", f"no hay una pregunta yes_no '{name}'{nearest(name, fields)}")
        for name in form.refused
        if name not in fields or fields[name].check != "yes_no"
    ]
    earlier: list[str] = []
    for field in form.fields:
        found += [(f"fields.{field.name}.{key}", advice) for key, advice in _field(field, earlier, fields)]
        earlier.append(field.name)
    return found


def _field(field: Field, earlier: Collection[str], fields: dict[str, Field]) -> list[tuple[str, str]]:
    found = []
    for name, wanted in field.when.items():
        values = [option.value for option in fields[name].options or fields[name].ask.options] if name in fields else []
        if name not in earlier:
            found.append((f"when.{name}", f"ninguna pregunta anterior se llama '{name}'{nearest(name, earlier)}"))
        strange = [value for value in wanted if value not in (*values, LEFT_OUT)] if values else []
        found += [(f"when.{name}", f"'{one}' no es una opción de {name}{nearest(one, values)}") for one in strange]
    if field.check == "options" and not (field.options or field.ask.options):
        found.append(("options", "una pregunta con `check: options` lleva opciones"))
    return found
