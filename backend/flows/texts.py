"""Every text and every template of a flow, with the step that holds it."""

from __future__ import annotations

from collections.abc import Iterator

from backend.flows import model
from backend.flows.model import Flow, Step, Test, Words


def said(flow: Flow) -> Iterator[tuple[Step, Words]]:
    """What people may read."""
    return ((step, words) for step in flow.steps.values() for words in _said(step))


def _said(step: Step) -> Iterator[Words]:
    yield from (action.words for action in step.do if isinstance(action, (model.Say, model.SendTo)))
    if step.question:
        yield from (words for words in (step.question.words, step.question.invalid) if words)


def wordings(words: Words) -> Iterator[tuple[str, str]]:
    """Each way to say it: its name (empty for the plain one) and the text."""
    yield "", words.text
    yield from ((name, text) for name, text in (("sms", words.sms), ("messenger", words.messenger)) if text)
    yield from ((f"variants.{number}", text) for number, text in enumerate(words.variants, 1))
    for experiment, arms in words.arms.items():
        yield from ((f"arms.{experiment}.{arm}", text) for arm, text in arms.items())
    yield from ((f"languages.{code}", text) for code, text in words.languages.items())


def templates(flow: Flow) -> Iterator[tuple[Step, str]]:
    """Every place where an expression may stand."""
    for step in flow.steps.values():
        found = [text for words in _said(step) for _, text in wordings(words)]
        found += [template for action in step.do for template in _of_action(action)]
        found += [step.on] if step.on else []
        found += [argument for branch in step.branches for argument in _of_test(branch.test)]
        found += list(step.question.between or ()) if step.question else []
        yield from ((step, template) for template in found if "@" in template)


def _of_test(test: Test) -> Iterator[str]:
    yield from test.arguments
    for part in test.parts:
        yield from _of_test(part)


def _of_action(action: model.Action) -> Iterator[str]:
    if isinstance(action, (model.Save, model.SetResult, model.SetContact)):
        yield action.value
    elif isinstance(action, model.About):
        yield action.person
    elif isinstance(action, model.Notify):
        yield from (action.text, action.subject, *action.emails)
    elif isinstance(action, model.ChangeGroups):
        yield from action.names
    elif isinstance(action, model.Request):
        yield from (action.url, action.body, *action.headers.values())
    elif isinstance(action, model.Hook):
        yield from action.values.values()
    elif isinstance(action, (model.SendTo, model.StartFor)):
        yield from (*action.groups, *action.contacts)


def results(flow: Flow) -> set[str]:
    """The results that a flow keeps."""
    names = {step.result for step in flow.steps.values() if step.result}
    for step in flow.steps.values():
        for action in step.do:
            if isinstance(action, model.SetResult) or (isinstance(action, model.Request) and action.result):
                names.add(action.name if isinstance(action, model.SetResult) else action.result)
    return {name.lower() for name in names}
