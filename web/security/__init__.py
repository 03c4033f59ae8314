"""What keeps strangers, floods and forged requests out."""
