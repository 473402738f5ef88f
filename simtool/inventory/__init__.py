"""What exists and what became of it: the number register, card records with their keys under lock, and the audit log.

The seam to file formats: `records.records(inventory, batch)` gives a batch's records one after the other, and
`intake.import_records` takes a stream of them, all or nothing.
"""
