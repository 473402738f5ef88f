"""The packages `javacardx.framework`."""
