"""Talks to the REST API of the Patroni of this pod.

Source: https://patroni.readthedocs.io/en/latest/rest_api.html"""
import base64
import json
import urllib.error
import urllib.request

from member_configuration import list_authentications

ADDRESS = "http://127.0.0.1:8008"


def ask(method, path, body=None, timeout_s=10):
    """Returns the answer's text; raises OSError (HTTPError for a status of 400 and above, among others)."""
    for authentication in list_authentications():
        try:
            return ask_as(authentication, method, path, body, timeout_s)
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            # While the password is being changed, Patroni may not have read the new one yet.
            refusal = error
    raise refusal


def ask_as(authentication, method, path, body, timeout_s):
    token = base64.b64encode("{username}:{password}".format(**authentication).encode()).decode()
    request = urllib.request.Request(
        f"{ADDRESS}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=timeout_s) as response:
        return response.read().decode()


def read_member():
    """Returns how this member is: `role` (primary, replica), `state`, `timeline` and more."""
    return json.loads(ask("GET", "/patroni"))
