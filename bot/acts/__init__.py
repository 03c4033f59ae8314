"""A message as a short list of acts: what is told, answered, corrected, asked, requested, felt, and in which language."""
