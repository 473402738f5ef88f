"""Applets as data: what is granted at install, the manifest with its parameters, the built ones that come with simtool.

It lies here, and not in `applet`, because both who builds an applet and who personalises a card reads a manifest.
"""
