"""What a message means: our own Rasa graph components, one per file.

`normaliser` repairs the spelling, `intents` says what kind of thing is asked, `entities` about what, `scope`
turns what is below the threshold into `comun.fuera_de_alcance`.
"""

OUT_OF_SCOPE = "comun.fuera_de_alcance"

# message attribute: the text in repaired spelling
NORMALISED = "normalised"
# message attribute: how probable it is, to the intent model, that somebody is in danger
DANGER_SHARE = "danger_share"
