"""What cards hold: the standard files, their contents, and card products as data."""
