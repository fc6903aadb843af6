"""What people type: first run, invitations, sign-in, users, keys, the organisation, the audit."""
