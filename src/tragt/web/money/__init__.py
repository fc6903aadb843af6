"""Money in several currencies: dated rates, and amounts in another currency by them."""
