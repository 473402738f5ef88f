"""What a station prints: labels, letters, sheets, certificates."""
