"""What is known of hypotheses, and of the texts that help to find them."""
