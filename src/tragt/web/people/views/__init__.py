"""Pages of persons and companies, of personal data, and of who is who."""
