"""Signing in at the organisation's provider: an issuer of OpenID Connect on loopback, asked as any other is."""

import base64
import dataclasses
import hashlib
import http.client
import json
import secrets
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import LazySettings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from tests.web.accounts.conftest import Letter
from tragt.web.accounts import actions
from tragt.web.accounts.allauth_settings import settings_of_sign_in
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.imports.actions.users import add_sleeping
from tragt.web.shell.acting import Who

pytestmark = pytest.mark.django_db

CLIENT, SECRET = "tragt", "a secret of both"


class Issuer(ThreadingHTTPServer):
    """Signs in whoever is `claims`, at once; keeps the codes and tokens it gave."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.claims: dict[str, Any] = {}
        self.audience = CLIENT
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()

    def configuration(self) -> dict[str, str]:
        named = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        places = {f"{name}_endpoint": f"{self.address}/{path}" for name, path in named.items()}
        return places | {"issuer": self.address, "jwks_uri": f"{self.address}/jwks"}

    def keys(self) -> dict[str, object]:
        known = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [known | {"kid": "1", "alg": "ES256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, given: dict[str, str]) -> dict[str, object] | None:
        asked = self.codes.pop(given["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest())
        if asked is None or asked["code_challenge"] != challenge.decode().rstrip("="):
            return None
        if (given["client_id"], given["client_secret"], given["redirect_uri"]) != (
            CLIENT,
            SECRET,
            asked["redirect_uri"],
        ):
            return None
        access = secrets.token_urlsafe()
        self.tokens.add(access)
        claims = self.claims | {"iss": self.address, "aud": self.audience, "exp": int(time.time()) + 60}
        signed = jwt.encode(claims, self.key, "ES256", headers={"kid": "1"})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": signed}


class Answers(BaseHTTPRequestHandler):
    """What the issuer answers."""

    server: Issuer

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if path == "/authorize":
            self._answer(302, location=self.server.authorize(_flat(query)))
        elif path == "/userinfo":
            known = bearer in self.server.tokens
            self._answer(200 if known else 401, self.server.claims if known else {})
        else:
            pages = {"/.well-known/openid-configuration": self.server.configuration, "/jwks": self.server.keys}
            self._answer(200, pages[path]())

    def do_POST(self) -> None:
        given = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = self.server.token(given)
        self._answer(200 if token else 400, token or {"error": "invalid_grant"})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, content: object = None, location: str = "") -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


@pytest.fixture
def issuer(settings: LazySettings) -> Iterator[Issuer]:
    with Issuer() as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        settings.TRAGT = dataclasses.replace(
            settings.TRAGT, oidc_url=server.address, oidc_client=CLIENT, oidc_secret=SECRET, oidc_name="Our ID"
        )
        for name, value in settings_of_sign_in(settings.TRAGT).items():
            setattr(settings, name, value)
        yield server
        server.shutdown()
        serving.join()


def come(issuer: Issuer, email: str, *, verified: object = True, client: Client | None = None) -> tuple[Client, str]:
    """Press the button and sign in at the provider; the browser, and where the provider sends it back to."""
    issuer.claims = {"sub": f"id-{email}", "email": email, "email_verified": verified, "name": "Bo Lund"}
    client = client or Client()
    leaving = client.post("/sign-in/sso/")
    away = urlsplit(leaving.headers["Location"])
    assert f"{away.scheme}://{away.netloc}" == issuer.address
    there = http.client.HTTPConnection(away.netloc)
    there.request("GET", f"{away.path}?{away.query}")
    back = there.getresponse().headers["Location"]
    there.close()
    assert back.startswith("http://testserver/sign-in/sso/callback/?")
    return client, back.removeprefix("http://testserver")


def arrived(issuer: Issuer, email: str, **how: Any) -> tuple[Client, Any]:
    client, back = come(issuer, email, **how)
    return client, client.get(back)


def test_provider_lets_in_users_and_invited_people(
    issuer: Issuer, owner: User, letters: list[Letter], settings: LazySettings
) -> None:
    client, answer = arrived(issuer, "Owner@Example.org")
    assert (answer.status_code, answer.headers["Location"]) == (302, settings.LOGIN_REDIRECT_URL)
    assert client.session[SESSION_KEY] == str(owner.pk)
    actions.invite(Who.of(owner), "bo@example.org", Role.MARKETING, "sv")
    for _ in ("by the invitation", "as a user"):
        client, _answer = arrived(issuer, "bo@example.org")
        bo = User.objects.get(email="bo@example.org")
        assert (bo.role, bo.name, bo.language, bo.has_usable_password()) == ("marketing", "Bo Lund", "sv", False)
        assert client.session[SESSION_KEY] == str(bo.pk)
    assert Client().get(letters[1].link).status_code == 410
    assert [one.context.get("what", "invitation") for one in letters] == [
        "sign_in_connected", "invitation", "sign_in_connected"
    ]  # fmt: skip
    verbs = AuditRow.objects.filter(user=bo).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["users.accept", "session.open", "session.open"]


@pytest.mark.usefixtures("letters")
def test_provider_does_not_let_in_strangers_and_addresses_it_did_not_verify(issuer: Issuer, owner: User) -> None:
    actions.invite(Who.of(owner), "bo@example.org", Role.MARKETING, "sv")
    for name, verified in (("stranger", True), ("owner", False), ("bo", False)):
        client, answer = arrived(issuer, f"{name}@example.org", verified=verified)
        assert "not invited" in answer.content.decode()
        assert SESSION_KEY not in client.session
    assert User.objects.count() == 1


@pytest.mark.parametrize("invited", ["moses@example.org", "frase@example.org"])
def test_address_of_a_file_ties_nobody_to_a_user_whom_only_an_invitation_wakes(
    issuer: Issuer, owner: User, invited: str, settings: LazySettings
) -> None:
    sleeper = add_sleeping("Moses Frase", "moses@example.org", None)
    client, answer = arrived(issuer, "moses@example.org")
    assert "not invited" in answer.content.decode()
    assert not SocialAccount.objects.exists()
    actions.invite(Who.of(owner), invited, Role.SELLER, "en", sleeper)
    client, answer = arrived(issuer, invited)
    assert (answer.status_code, answer.headers["Location"]) == (302, settings.LOGIN_REDIRECT_URL)
    assert client.session[SESSION_KEY] == str(sleeper.pk)
    sleeper.refresh_from_db()
    assert (sleeper.is_active, sleeper.email) == (True, invited)


@pytest.mark.usefixtures("owner")
def test_provider_answers_that_are_not_for_this_browser_let_nobody_in(issuer: Issuer) -> None:
    client, back = come(issuer, "owner@example.org")
    stranger = Client()
    assert "did not answer as expected" in stranger.get(back, follow=True).content.decode()
    assert SESSION_KEY not in stranger.session
    issuer.audience = "another program"
    assert "did not answer as expected" in client.get(back, follow=True).content.decode()
    assert SESSION_KEY not in client.session
    issuer.audience = CLIENT
    client, back = come(issuer, "owner@example.org")
    assert client.get(back).status_code == 302
    client.logout()
    assert "did not answer as expected" in client.get(back, follow=True).content.decode(), "a code works once"
    assert SESSION_KEY not in client.session
