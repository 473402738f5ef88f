"""A bench of reader slots that work in parallel on one batch, and never ship a wrong or doubled card."""
