"""A small OpenID provider, a process of its own: signs everybody in as the person its command line names.

`mode` breaks one thing: nonce, audience, issuer, expired, key, none (unsigned), unverified.
"""

import base64
import hashlib
import http.server
import json
import sys
import time
import urllib.parse

from joserfc import jwt
from joserfc.jwk import RSAKey

EMAIL, MODE = sys.argv[1], sys.argv[2]
KEY, OTHER = RSAKey.generate_key(2048, parameters={"kid": "a"}), RSAKey.generate_key(2048, parameters={"kid": "a"})
ASKED = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        base = f"http://127.0.0.1:{self.server.server_port}"
        if url.path == "/.well-known/openid-configuration":
            known = {"issuer": base, "authorization_endpoint": base + "/auth", "token_endpoint": base + "/token"}
            self.answer({**known, "jwks_uri": base + "/keys"})
        elif url.path == "/keys":
            self.answer({"keys": [KEY.as_dict(private=False)]})
        elif url.path == "/auth":
            ASKED["code-1"] = query
            back = urllib.parse.urlencode({"state": query["state"], "code": "code-1"})
            self.send_response(302)
            self.send_header("location", f"{query['redirect_uri']}?{back}")
            self.end_headers()

    def access_token(self, form):
        """A token for a client (RFC 9068); `mode` breaks one thing of it too."""
        now = int(time.time())
        base = f"http://127.0.0.1:{self.server.server_port}"
        claims = {
            "iss": "http://evil.example" if MODE == "issuer" else base,
            "aud": "another" if MODE == "audience" else form["audience"],
            "client_id": form["client_id"], "sub": form["client_id"], "iat": now,
            "exp": now - 3600 if MODE == "expired" else now + 300,
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "a", "typ": "at+jwt"}, claims, OTHER if MODE == "key" else KEY)

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        if form["grant_type"] == "client_credentials":
            self.answer({"access_token": self.access_token(form), "token_type": "Bearer"})
            return
        asked = ASKED.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or challenge.decode() != asked["code_challenge"]:
            self.answer({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {
            "iss": "http://evil.example" if MODE == "issuer" else f"http://127.0.0.1:{self.server.server_port}",
            "aud": "another" if MODE == "audience" else asked["client_id"],
            "sub": "1", "email": EMAIL, "email_verified": MODE != "unverified", "iat": now,
            "exp": now - 3600 if MODE == "expired" else now + 300,
            "nonce": "other" if MODE == "nonce" else asked["nonce"],
        }  # fmt: skip
        if MODE == "unsaid":
            del claims["email_verified"]
        if MODE == "several":
            claims["aud"] = [asked["client_id"], "another"]
        if MODE == "other-party":
            claims |= {"aud": [asked["client_id"], "another"], "azp": "another"}
        if MODE == "none":
            parts = ({"alg": "none"}, claims)
            token = (
                ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
            )
        else:
            token = jwt.encode({"alg": "RS256", "kid": "a"}, claims, OTHER if MODE == "key" else KEY)
        self.answer({"id_token": token, "access_token": "x", "token_type": "Bearer"})

    def answer(self, value, status=200):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
