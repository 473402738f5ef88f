"""A handset in software: the terminal's side of the card application toolkit (TS 102 223, TS 31.111).

It knows nothing of the software card: whatever answers on a `Session` is its card.
"""
