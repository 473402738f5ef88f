"""One card on the technician's desk: look, compare, keep, bring back, change a little, find out what is wrong."""
