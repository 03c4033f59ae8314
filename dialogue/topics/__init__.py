"""What a person may bring: one module for each kind of thing. A topic changes the state and speaks; it never asks."""
