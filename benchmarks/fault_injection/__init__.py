"""Break the running service in every way we can think of, while people use it, and count what they lose."""
