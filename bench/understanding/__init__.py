"""How well the bot understands its own packs: folds by batch, parts switched off, danger, and the packs' own tests."""
