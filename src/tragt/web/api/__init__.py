"""What the REST API under `/api/v1` is made from: keys, operations, problems, pages, versions, repeats."""
