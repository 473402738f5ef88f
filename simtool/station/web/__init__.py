"""The station's screen in a browser."""
