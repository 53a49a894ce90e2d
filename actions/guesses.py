"""What a message that was not understood may have meant: the two likeliest requests, to be picked from."""

from __future__ import annotations

from actions.content import Content
from actions.heard import Heard
from bot.nlu import OUT_OF_SCOPE
from bot.packs.model import Intent, Option

# how probable the best of two guesses must be; of writers held out, 82 questions about a service were not understood:
# at 0.1 the guesses are offered to 34 and hold what was meant for 27; so are they to 19 of 207 messages beyond us
PLAUSIBLE = 0.1
SOMETHING_ELSE = Option("Otra cosa", "ir:comun.ayuda")


def guesses(content: Content, heard: Heard) -> tuple[Option, ...]:
    """The two best intents that are known, and a way out; none where one may not be offered or neither is plausible."""
    best = [(name, probability) for name, probability in heard.ranking if name != OUT_OF_SCOPE][:2]
    titles = [content.intent_titles[name] for name, _ in best if name in content.intent_titles]
    if len(titles) < 2 or best[0][1] < PLAUSIBLE:
        return ()
    payloads = [_payload(content, heard, content.catalogue.intents[name]) for name, _ in best]
    return (*map(Option, titles, payloads), SOMETHING_ELSE)


def _payload(content: Content, heard: Heard, intent: Intent) -> str:
    """The choice of an intent, about what the message named."""
    form = content.catalogue.forms.get(f"{content.catalogue.pack_of[intent.id]}.{intent.form}")
    used = {intent.about, *(field.from_entity for field in form.fields)} if form else {intent.about}
    named = used & set(content.catalogue.entities) & set(heard.entities)
    about = [f":{entity}={heard.entities[entity]}" for entity in sorted(filter(None, named))]
    return f"ir:{intent.id}{''.join(about[:1])}"
