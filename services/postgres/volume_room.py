"""Whether there is room on this member's volume, and who leads where there is none."""
import os

from hand_over import find_synchronous_standby, read_members, switch_over

# Two segments of write-ahead log: PostgreSQL stops when it can't make the next one.
MINIMAL_BYTES = 32 * 1024**2
# A tag of a member is seen by all others, and means nothing to Patroni.
# Source: https://patroni.readthedocs.io/en/latest/yaml_configuration.html#tags
TAG = "volume_full"


def is_volume_full():
    volume = os.statvfs(os.path.dirname(os.environ["PGDATA"]))
    return volume.f_bavail * volume.f_frsize < MINIMAL_BYTES


def hand_over_for_room(name):
    """Makes the synchronous standby the leader in the place of the member `name`, where its volume has room.

    Returns whether it did."""
    standby = find_synchronous_standby(read_members())
    if standby is None or standby.get("tags", {}).get(TAG):
        return False
    print(f"the volume is full: {standby['name']} leads from now on", flush=True)
    switch_over(name, standby["name"])
    return True
