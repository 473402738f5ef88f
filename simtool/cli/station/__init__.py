"""`simtool station`: a bench of readers at work; one module per command."""
