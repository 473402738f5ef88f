"""pySim beside us: its CSV of cards, its dumps and exports, its shell's scripts, and its decoders where installed.

pySim is osmocom's tool for SIM cards. Nothing here needs it. The package `pysim` on PyPI is another project.
"""
