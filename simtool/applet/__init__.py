"""Applets off the card: from Java source to CAP file, and whether a CAP file may be trusted."""
