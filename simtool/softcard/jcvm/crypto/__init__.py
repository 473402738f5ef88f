"""Algorithms of the cryptographic API as functions of bytes: nothing here knows the machine."""
