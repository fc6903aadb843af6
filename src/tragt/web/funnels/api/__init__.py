"""Operations of the REST API on saved funnels."""
