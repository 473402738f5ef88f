"""The packages of GlobalPlatform, one package of ours for each."""
