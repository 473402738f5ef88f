"""The card's side of its Java Card machine: what is loaded and installed, and what the machine asks of the card."""
