"""The components of the Rasa pipeline: thin, the work is in `bot.facts` and `bot.intents`."""
