"""What runs inside Rasa: understanding of Italian, channel, tracker store. Imports nothing else of the project."""
