"""Operations of the REST API on deals, pipelines, the lifecycle, activities, products and reasons."""
