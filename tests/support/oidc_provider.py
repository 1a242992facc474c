"""A small OpenID Connect provider, run as a process of its own: `python -m … PORT`.

Its sign-in page asks whom to be, so that a test says it as a person would; and which mistake to
make, so that a test sees what the service does with a provider that is not to be believed.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
CLIENT_ID, CLIENT_SECRET = "mentoring", "a secret between the two"
MISTAKES = ("nonce", "audience", "issuer", "expired", "other key", "shared secret", "no token")
_PAGE = """<!doctype html><title>Provider</title><form method="post">
<label>Subject <input name="sub"></label><label>E-mail <input name="email"></label>
<label>Verified <select name="verified"><option>yes<option>no<option>unsaid</select></label>
<label>Signed in <input name="seconds_ago" value="0"> seconds ago</label>
<label>Address told at <select name="told"><option>token<option>userinfo</select></label>
<label>Mistake <select name="mistake"><option>{mistakes}</select></label>
<button>Go on</button></form>"""


class OidcProvider:
    """Starts the process and stops it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a service that signs people in here."""
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_LABEL": "Example Org",
        }

    def __enter__(self) -> OidcProvider:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.oidc_provider", str(self.port)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{self.issuer}/jwks", timeout=5).close()
                return self
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError("the provider does not answer")

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


def make_provider(issuer: str) -> Flask:
    """The provider's own application."""
    app = Flask(__name__)
    key = RSAKey.generate_key(2048, {"kid": "first"})
    stranger = RSAKey.generate_key(2048, {"kid": "first"})
    codes: dict[str, dict[str, Any]] = {}
    tokens: dict[str, dict[str, Any]] = {}

    @app.get("/.well-known/openid-configuration")
    def description() -> Response:
        return jsonify(
            issuer=issuer,
            authorization_endpoint=f"{issuer}/authorize",
            token_endpoint=f"{issuer}/token",
            userinfo_endpoint=f"{issuer}/userinfo",
            jwks_uri=f"{issuer}/jwks",
            id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
        )

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify(keys=[key.as_dict(private=False)])

    @app.route("/authorize", methods=["GET", "POST"])
    def authorize() -> Any:
        asked = request.args
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        if request.method == "GET":
            return _PAGE.format(mistakes="<option>".join(("none", *MISTAKES)))
        code = secrets.token_urlsafe(16)
        codes[code] = {**request.form, **asked}
        back = urlencode({"code": code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{back}")

    @app.post("/token")
    def token() -> Any:
        about = codes.pop(request.form["code"], None)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        given = request.authorization
        if (
            about is None
            or about["code_challenge"] != challenge
            or about["redirect_uri"] != request.form["redirect_uri"]
            or given is None
            or (given.username, given.password) != (CLIENT_ID, CLIENT_SECRET)
        ):
            return jsonify(error="invalid_grant"), 400
        access = secrets.token_urlsafe(16)
        tokens[access] = about
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 600}
        if about["mistake"] != "no token":
            answer["id_token"] = _id_token(about, issuer, key, stranger)
        return jsonify(answer)

    @app.get("/userinfo")
    def userinfo() -> Response:
        about = tokens[str(request.authorization.token if request.authorization else "")]
        return jsonify(sub=about["sub"], **_address(about))

    return app


def _id_token(about: dict[str, Any], issuer: str, key: RSAKey, stranger: RSAKey) -> str:
    mistake = about["mistake"]
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": "http://127.0.0.1:1" if mistake == "issuer" else issuer,
        "aud": "another-service" if mistake == "audience" else CLIENT_ID,
        "sub": about["sub"],
        "iat": now - 10,
        "exp": now - 3600 if mistake == "expired" else now + 600,
        "nonce": "made up" if mistake == "nonce" else about["nonce"],
    }
    if about["seconds_ago"]:
        claims["auth_time"] = now - int(about["seconds_ago"])
    if about["told"] == "token":
        claims |= _address(about)
    if mistake == "shared secret":
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET))
    signer = stranger if mistake == "other key" else key
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, signer)


def _address(about: dict[str, Any]) -> dict[str, Any]:
    verified = {"yes": {"email_verified": True}, "no": {"email_verified": False}, "unsaid": {}}
    return {"email": about["email"], **verified[about["verified"]]}


if __name__ == "__main__":
    own_port = int(sys.argv[1])
    make_provider(f"http://127.0.0.1:{own_port}").run(port=own_port)
