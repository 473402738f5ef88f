"""Packages of the older SIM API, one of ours for each."""
