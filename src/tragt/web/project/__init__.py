"""How the apps stand together: settings, addresses, server."""
