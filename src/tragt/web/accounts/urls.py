"""Addresses of the app `accounts`; those of allauth by name, so that nothing more than is used can be reached."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.usersessions.views import list_usersessions
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.generic import RedirectView

from tragt.web.accounts.views import audit, invitations, keys, organisation, own, start, teams, users

entrance: list[URLPattern | URLResolver] = [
    path("start/", start.start, name="start"),
    path("invitation/<str:link>/", invitations.invitation, name="invitation"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/second-factor/", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("sign-in/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/error/", login_not_required(social.login_error), name="socialaccount_login_error"),
    path("sign-in/<slug:provider_id>/", oidc.login, name="openid_connect_login"),
    path("sign-in/<slug:provider_id>/callback/", oidc.callback, name="openid_connect_callback"),
    path("sign-out/", account.logout, name="account_logout"),
    path("password/", account.password_reset, name="account_reset_password"),
    path("password/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("confirm/second-factor/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("confirm/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
]

own_pages: list[URLPattern | URLResolver] = [
    path("settings/profile/", own.profile, name="profile"),
    path("settings/security/", own.security, name="security"),
    path("settings/security/password/", account.password_change, name="account_change_password"),
    path("settings/security/password/set/", account.password_set, name="account_set_password"),
    path("settings/security/sessions/", list_usersessions, name="usersessions_list"),
    path("settings/security/factors/", RedirectView.as_view(pattern_name="security"), name="mfa_index"),
    path("settings/security/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("settings/security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("settings/security/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("settings/security/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("settings/security/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("settings/security/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("settings/security/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("settings/security/passkeys/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("settings/security/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
]

organisation_pages: list[URLPattern | URLResolver] = [
    path("settings/organisation/", organisation.organisation, name="organisation"),
    path("settings/users/", users.users, name="users"),
    path("settings/users/invite/", users.invite, name="users_invite"),
    path("settings/users/<int:key>/role/", users.change_role, name="users_role"),
    path("settings/users/<int:key>/deactivate/", users.deactivate, name="users_deactivate"),
    path("settings/users/<int:key>/reactivate/", users.reactivate, name="users_reactivate"),
    path("settings/users/<int:key>/second-factor/", users.remove_second_factor, name="users_second_factor"),
    path("settings/users/invitations/<int:key>/again/", users.resend, name="invitations_again"),
    path("settings/users/invitations/<int:key>/withdraw/", users.withdraw, name="invitations_withdraw"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/new/", teams.make, name="teams_make"),
    path("settings/teams/<int:key>/", teams.change, name="teams_change"),
    path("settings/teams/<int:key>/remove/", teams.remove, name="teams_remove"),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/write/", keys.create_write, name="keys_create_write"),
    path("settings/keys/write/<int:key>/", keys.change_write, name="keys_write"),
    path("settings/keys/write/<int:key>/rotate/", keys.rotate_write, name="keys_rotate_write"),
    path("settings/keys/write/<int:key>/revoke/", keys.revoke_write, name="keys_revoke_write"),
    path("settings/keys/api/", keys.create_api, name="keys_create_api"),
    path("settings/keys/api/<int:key>/rotate/", keys.rotate_api, name="keys_rotate_api"),
    path("settings/keys/api/<int:key>/revoke/", keys.revoke_api, name="keys_revoke_api"),
    path("settings/audit/", audit.audit, name="audit"),
]

urlpatterns = entrance + own_pages + organisation_pages
