"""The packages `javacard`."""
