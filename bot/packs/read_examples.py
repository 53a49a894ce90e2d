"""What people write: the examples of each intent, beside it in `service.yml` or in a file of their own, `examples.yml`.

A list of sentences, or a list per batch: the imagined writer, or the list, that they come from.
"""

from __future__ import annotations

from bot.packs.model import Example, Pack
from bot.packs.yaml_file import Section, nearest

NAME = "examples.yml"


def examples_file(pack: Pack) -> str:
    """How faults name the file with a pack's examples."""
    name = NAME if (pack.path / NAME).exists() else "service.yml"
    return "/".join((*pack.path.parts[-3:], name))


def check_names(apart: Section, intents: Section) -> None:
    """Note the intents of `examples.yml` that `service.yml` does not have."""
    for name in apart:
        if name not in intents:
            apart.fault(name, f"no es una intención de service.yml{nearest(name, list(intents))}")


def read_examples(intent: Section, apart: Section) -> tuple[Example, ...]:
    """The examples of an intent, those beside it first."""
    return (*_examples(intent, "examples"), *_examples(apart, intent.keys[-1]))


def _examples(parent: Section, key: str) -> tuple[Example, ...]:
    if isinstance(parent.values.get(key), dict):
        batches = parent.section(key)
        return tuple(Example(text, batch) for batch in batches for text in batches.texts(batch))
    return tuple(Example(text) for text in parent.texts(key))
