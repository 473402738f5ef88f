"""The card's commands, one module per subject. Each has a `ROUTES` table: class group, INS, case, handler."""
