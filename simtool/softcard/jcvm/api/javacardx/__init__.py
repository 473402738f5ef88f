"""The packages `javacardx`."""
