"""Which slots stand where, which readers they are, and when work has to stop."""
