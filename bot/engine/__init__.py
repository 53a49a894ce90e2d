"""The Rasa engine of the bot: loading a model, one turn, the state that goes in and out."""
