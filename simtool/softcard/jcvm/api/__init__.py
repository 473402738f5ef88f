"""The Java Card API in Python, one package of ours for each package of it."""
