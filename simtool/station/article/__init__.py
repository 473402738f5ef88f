"""The first article: one card made, looked at and approved before the others."""
