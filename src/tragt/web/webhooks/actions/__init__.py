"""What is done about webhooks: made and changed, messages noted, sent and sent again."""
