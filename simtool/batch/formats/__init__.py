"""File formats of card batches, as values: `simtool.batch.formats.registry` lists them, `convert` runs them."""
