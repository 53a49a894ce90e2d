"""Expressions in texts and tests: `Hola @contact.name`, `@(fields.parto - 280)`.

Two dialects share one grammar: "excel" is what RapidPro wrote up to version 11, "goflow" what it writes since 13
and what our own flows use. Standard library only. Nothing raises on what a citizen wrote: a failure is a `Problem`.
"""
