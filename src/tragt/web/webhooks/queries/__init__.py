"""What is read of webhooks: those there are, their messages, and the records that messages tell of."""
