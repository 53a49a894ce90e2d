"""What a conversation asks to be done: rasa_sdk actions over the packs.

They run inside the bot (`bot.engine.in_process`) and as well behind `rasa run actions`. The only road to the
backend is its HTTP API.
"""
