"""Talks to the REST API of the Patroni beside it.

Source: https://patroni.readthedocs.io/en/latest/rest_api.html"""
import base64
import json
import os
import urllib.request

import yaml

CONFIGURATION_FILE = os.environ["PATRONICTL_CONFIG_FILE"]


def read_configuration():
    """Returns what start-member.py wrote, as a dictionary."""
    with open(CONFIGURATION_FILE, encoding="utf-8") as file:
        return yaml.safe_load(file)


def ask(method, path, body=None, timeout_s=10):
    """Returns the answer's text; raises OSError (HTTPError for a status of 400 and above, among others)."""
    credentials = read_configuration()["restapi"]["authentication"]
    token = base64.b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:8008{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=timeout_s) as response:
        return response.read().decode()
