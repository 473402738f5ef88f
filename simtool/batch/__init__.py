"""Cards by the million: numbers, orders, records in columns; the files that everyone wants; delivery to a core."""
