"""Acts on hypotheses and on the texts that help to find them."""
