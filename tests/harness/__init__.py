"""What tests and the demo need around a card: the PC/SC service, a virtual reader, a login server and client.

Nothing in here belongs to simtool itself, and nothing in here skips: a missing program is a `HarnessError` that names
the package.
"""
