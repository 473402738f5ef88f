"""What outlives the process: journals of work on cards, remembered attempts, going on and taking back."""
