"""What templates say of deals."""
