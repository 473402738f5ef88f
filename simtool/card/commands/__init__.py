"""The commands of a session, by subject. Use them through `simtool.card.session.Session`."""
