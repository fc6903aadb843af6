"""What came and is not in the log yet: taken, settled, or turned away."""
