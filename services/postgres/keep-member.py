#!/usr/bin/python3
"""Runs beside Patroni for as long as the pod lives.

Where this member leads, brings the settings of the cluster, its database and its roles in line with the image and the
secrets: whenever it has become the leader, and when a secret has changed. Not by Patroni's callbacks: one that fails,
or that the next one interrupts, is not called again.
Where the volume is full, the other member leads if it has room.
Beside that, it looks for damaged files (scrub.py)."""
import os
import signal
import subprocess
import sys
import threading
import time

from hand_over import hand_over
from member_api import ask, read_member
from member_configuration import make_configuration, read_all_secrets, write_configuration
from scrub import scrub_forever
from volume_room import TAG, hand_over_for_room, is_volume_full

PERIOD_S = 1
# By which the kubelet sees that it goes on.
SIGN_OF_LIFE = "/tmp/keeper"
PROVISION_TIMEOUT_S = 60
# Between two restarts for settings that only a start applies: one that never takes must not restart it for ever.
RESTART_PERIOD_S = 600
# Between two attempts to hand over for want of room: members whose volumes are nearly full must not take turns.
ROOM_PERIOD_S = 60


def settle_leader(configuration):
    # So that git decides, not history: Patroni takes the settings from its file only when it makes a cluster.
    ask("PUT", "/config", configuration["cluster_settings"])
    # A standby that is away must not delay it; after a failover it is done again.
    environment = {**os.environ, "PGOPTIONS": "-c synchronous_commit=local"}
    subprocess.run(["provision.sh"], env=environment, timeout=PROVISION_TIMEOUT_S, check=True)


class Keeper:
    """Remembers what is done, so that it is done once."""

    configured = None
    settled = None
    restarted_at = None
    handed_over_at = None

    def make_room(self):
        """Hands over where this member leads on a full volume."""
        if self.handed_over_at is not None and time.monotonic() - self.handed_over_at < ROOM_PERIOD_S:
            return
        if hand_over_for_room(os.environ["PATRONI_NAME"]):
            self.handed_over_at = time.monotonic()

    def apply_pending_settings(self):
        """Restarts PostgreSQL where it runs with other settings than the configuration has; as a standby if it can."""
        if self.restarted_at is not None and time.monotonic() - self.restarted_at < RESTART_PERIOD_S:
            return
        self.restarted_at = time.monotonic()
        print("PostgreSQL is restarted, for settings that only a start applies", flush=True)
        hand_over()
        ask("POST", "/restart", {"restart_pending": True}, timeout_s=60)

    def keep(self):
        secrets = read_all_secrets()
        member = read_member()
        is_full = is_volume_full()
        # Patroni may have been started again since, with a configuration without the tag.
        if self.configured != secrets or is_full != bool(member.get("tags", {}).get(TAG)):
            write_configuration(make_configuration({TAG: True} if is_full else {}))
            ask("POST", "/reload")
            self.configured = secrets
        if member.get("pending_restart") and member["state"] == "running":
            self.apply_pending_settings()
            return
        leads = member["role"] == "primary" and member["state"] == "running"
        if leads and is_full:
            self.make_room()
        tenure = (member["timeline"], secrets) if leads else None
        if leads and tenure != self.settled:
            settle_leader(make_configuration())
            print(f"the leader of timeline {member['timeline']} is settled", flush=True)
        self.settled = tenure


# The first process of a container isn't ended by a signal that it doesn't handle.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
threading.Thread(target=scrub_forever, daemon=True).start()
keeper = Keeper()
trouble = None
while True:
    with open(SIGN_OF_LIFE, "w", encoding="utf-8") as file:
        file.write("")
    try:
        keeper.keep()
        trouble = None
    except Exception as error:  # pylint: disable=broad-except
        if str(error) != trouble:
            print(f"not done yet: {error}", file=sys.stderr, flush=True)
        trouble = str(error)
    time.sleep(PERIOD_S)
