"""Packages of the USIM API, one of ours for each."""
