"""Packages of the ISIM API, one of ours for each."""
