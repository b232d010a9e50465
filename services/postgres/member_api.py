"""Talks to the REST API of the Patroni of this pod.

Source: https://patroni.readthedocs.io/en/latest/rest_api.html"""
import base64
import json
import urllib.request

from member_configuration import read_secret


def ask(method, path, body=None, timeout_s=10):
    """Returns the answer's text; raises OSError (HTTPError for a status of 400 and above, among others)."""
    username, password = (read_secret(f"POSTGRES_MEMBER_{part}_FILE") for part in ("USERNAME", "PASSWORD"))
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:8008{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=timeout_s) as response:
        return response.read().decode()


def read_member():
    """Returns how this member is: `role` (primary, replica), `state`, `timeline` and more."""
    return json.loads(ask("GET", "/patroni"))
