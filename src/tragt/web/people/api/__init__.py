"""Operations of the REST API on persons and companies."""
