"""One slot: the process that takes one card after the other from insertion to its end."""
