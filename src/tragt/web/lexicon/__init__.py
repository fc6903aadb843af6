"""The lexicon: what the events and properties of the log are called, and what they mean."""
