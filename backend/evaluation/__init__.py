"""How well the bot understands: labelled sentences, scores, and the training set for others to use."""
