"""Authentication algorithms and key handling, each checked against its published vectors."""
