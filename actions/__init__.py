"""What the assistant says next: the dialogue, and the thin custom actions that bring it to the dialogue engine."""
