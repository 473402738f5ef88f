"""A running core network: delivering subscribers to it, reading it back, and what differs."""
