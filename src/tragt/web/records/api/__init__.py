"""Operations of the REST API on what all kinds of records share, and the parts that those of a kind are made from."""
