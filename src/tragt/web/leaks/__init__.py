"""The leak ledger: where saved funnels lose more than they should, and what it costs."""
