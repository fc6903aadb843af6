"""The builder: from what stands in its fields to a definition, with each mistake at its field, and what it suggests."""
