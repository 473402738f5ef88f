"""Packages of the UICC API, one of ours for each."""
