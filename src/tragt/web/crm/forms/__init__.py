"""What people fill in about deals and pipelines."""
