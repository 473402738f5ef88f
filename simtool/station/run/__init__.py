"""The station itself: its slots' processes, what they tell, and when all has to stop."""
