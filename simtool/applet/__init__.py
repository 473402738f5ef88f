"""From Java sources to CAP files: API stubs, converter, verifier, build.

May import only `codec` and `files`; the software card, which runs what comes out, knows nothing of this package.
"""
