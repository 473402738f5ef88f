"""Cards by the thousand: the files that everyone around a batch wants, and what is delivered to a core network."""
