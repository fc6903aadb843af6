"""Users, roles, sign-in, keys, audit, settings of the organisation."""
