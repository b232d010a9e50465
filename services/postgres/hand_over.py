#!/usr/bin/python3
"""Hands over to the synchronous standby, where this member leads. Runs before the pod is stopped.

Patroni hands over at its own end too, but only if a standby is ready at that moment. In a rolling restart the other
member has just started, so this waits until it has caught up. It never fails: what it can't do, Patroni's end and the
other member's failover do."""
import json
import sys
import time

from member_api import ask

WAIT_S = 30
PAUSE_S = 0.2


def read_members():
    return json.loads(ask("GET", "/cluster"))["members"]


def find_synchronous_standby(members):
    """Returns the member that may take over without loss, or None."""
    return next((member for member in members if member["role"] == "sync_standby"), None)


def switch_over(leader, candidate):
    """Returns when the candidate leads; raises OSError where Patroni refuses."""
    ask("POST", "/switchover", {"leader": leader, "candidate": candidate}, timeout_s=WAIT_S)


def hand_over():
    """Returns when another member leads, or nobody can take over."""
    name = json.loads(ask("GET", "/patroni"))["patroni"]["name"]
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        members = read_members()
        if not any(member["name"] == name and member["role"] == "leader" for member in members):
            return
        others = [member for member in members if member["name"] != name]
        if not any(member["state"] in ("running", "streaming", "starting") for member in others):
            return
        standby = find_synchronous_standby(others)
        if standby is not None:
            switch_over(name, standby["name"])
            return
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    try:
        hand_over()
    except (OSError, ValueError, KeyError) as error:
        print(f"hand-over: {error}", file=sys.stderr)
