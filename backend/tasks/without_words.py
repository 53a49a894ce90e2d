"""Messages that need no bot: a person holds or awaits them, or they are voice notes, stickers, photos or empty."""

from __future__ import annotations

from collections.abc import Mapping

from backend.conversations.outbox import Draft
from backend.conversations.waiting import waits
from backend.office import FrontDesk
from backend.tasks.claims import Claim
from backend.tasks.commits import Outcome
from backend.tasks.while_waiting import silent, taken_back

# what to say to something that has no words; the texts are in data/services/comun
SAYS: Mapping[str, str] = {
    "audio": "comun/voz",
    "image": "comun/foto",
    "video": "comun/archivo",
    "file": "comun/archivo",
    "sticker": "comun/sticker",
    "location": "comun/ubicacion",
    "empty": "comun/vacio",
}


def answer_without_bot(desk: FrontDesk, claimed: Claim) -> Outcome | None:
    """The outcome of a turn that the bot need not see, or None."""
    conversation, message = claimed.conversation, claimed.message
    has_words = any(one.kind in ("text", "choice") and one.redacted_text for one in claimed.messages)
    if conversation.floor == "operator" and not (has_words and waits(conversation)):
        return silent(desk, claimed)
    if has_words:
        return taken_back(claimed, desk.vault.open(message.sealed_text))
    if message.kind == "location" and (conversation.expect or {}).get("type") == "place":
        return None
    kinds = [attachment["kind"] for attachment in message.extra.get("attachments", ())]
    kind = message.kind if message.kind in SAYS else (kinds[0] if kinds else "empty")
    return Outcome(
        drafts=(Draft(ref={"say": SAYS.get(kind, "comun/archivo")}),),
        keep=True,
        handled_by="channel",
        evidence={"decision": "without_words", "kind": kind},
    )
