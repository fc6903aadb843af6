"""What is done to users, invitations, keys and the organisation."""

from tragt.web.accounts.actions.invitations import Invited, accept, accept_sign_in, invite, resend, withdraw
from tragt.web.accounts.actions.keys import (
    Shown,
    change_write_key,
    create_api_key,
    create_write_key,
    revoke_api_key,
    revoke_write_key,
    rotate_api_key,
    rotate_write_key,
    touch,
)
from tragt.web.accounts.actions.letters import notice, rehearse_reset, send_reset
from tragt.web.accounts.actions.notes import note
from tragt.web.accounts.actions.organisation import change_organisation, mark_demonstration
from tragt.web.accounts.actions.start import Founding, check_code, found, found_with_code, setup_code
from tragt.web.accounts.actions.users import (
    change_profile,
    change_role,
    deactivate,
    end_sessions,
    reactivate,
    remove_second_factor,
    speak,
)

__all__ = [
    "Founding",
    "Invited",
    "Shown",
    "accept",
    "accept_sign_in",
    "change_organisation",
    "change_profile",
    "change_role",
    "change_write_key",
    "check_code",
    "create_api_key",
    "create_write_key",
    "deactivate",
    "end_sessions",
    "found",
    "found_with_code",
    "invite",
    "mark_demonstration",
    "note",
    "notice",
    "reactivate",
    "rehearse_reset",
    "remove_second_factor",
    "resend",
    "revoke_api_key",
    "revoke_write_key",
    "rotate_api_key",
    "rotate_write_key",
    "send_reset",
    "setup_code",
    "speak",
    "touch",
    "withdraw",
]
