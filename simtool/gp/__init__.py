"""GlobalPlatform from the terminal's side: secure channels, card content, keys, access rules."""
