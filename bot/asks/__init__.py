"""Which of the questions that the product can answer a message asks."""
