"""A Java Card virtual machine that runs the CAP files a card is given (JCVM 3.0.5, JCRE 3.0.5).

It imports only `codec`: what it needs of the card around it, it asks of a `Platform`. `vm` is the way in.
"""
