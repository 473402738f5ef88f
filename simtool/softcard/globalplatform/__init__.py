"""The card's GlobalPlatform side (GlobalPlatform Card Specification 2.3.1, below GPCS; Amendment D for SCP03).

`platform` is the card's OPEN: it holds the registry, finds applications by AID and gives commands to the one that is
selected. `domain` is a security domain, with one module per group of its commands; `application` is what every other
application has to be. Code of loaded packages is run by `softcard.applets`; on products without an API their instances
are `Dormant`.
"""
