"""What can be open in a conversation: one class for each question that may be put, and the order in which they are."""
