"""Finds a member whose files are damaged, and has it made anew from one whose files are not.

PostgreSQL checks a page's checksum when it reads the page from its file, which for a page that is cached or never asked
for may be never. A copy of all files has PostgreSQL check each of them, except pages that claim to be newer than the
copy: those that claim to be newer than all there is are looked for besides.
Source: https://www.postgresql.org/docs/17/app-pgbasebackup.html (--no-verify-checksums)
Reads: SCRUB_PERIOD_S, the time between two rounds in seconds; and what member_api and member_configuration read."""
import json
import os
import re
import struct
import subprocess
import sys
import time

from hand_over import hand_over
from member_api import ask, read_member
from member_configuration import read_secret

PAGE_BYTES = 8192
# Beside them are those of the write-ahead log, whose names are of digits as well.
RELATION_FOLDERS = ("base", "global")
RELATION_FILE = re.compile(r"^\d+(_fsm|_vm|_init)?(\.\d+)?$")
COPY_TIMEOUT_S = 900
# So that it doesn't get in the way of those who wait for an answer.
MAX_RATE = "64M"
# A standby that doesn't start by itself for so long is made anew.
DOWN_TIMEOUT_S = 60
DOWN_STATES = ("start failed", "crashed", "stopped")


def find_damage_by_copy(host):
    """Copies all files of the member at `host` to nowhere; returns what is damaged, or None.

    Raises OSError and subprocess.SubprocessError where it can't be told."""
    command = ["pg_basebackup", "--pgdata=-", "--format=tar", "--wal-method=none", "--checkpoint=fast", "--no-manifest"]
    command += [f"--max-rate={MAX_RATE}", f"--host={host}"]
    command += [f"--username={read_secret('POSTGRES_MEMBER_USERNAME_FILE')}"]
    environment = {**os.environ, "PGPASSWORD": read_secret("POSTGRES_MEMBER_PASSWORD_FILE"), "PGCONNECT_TIMEOUT": "5"}
    environment["PGAPPNAME"] = "scrub"
    result = subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=COPY_TIMEOUT_S
    )
    if result.returncode == 0:
        return None
    if "checksum" in result.stderr or "invalid page" in result.stderr:
        return result.stderr.strip().splitlines()[0]
    raise OSError(result.stderr.strip())


def read_end_of_wal():
    """Returns the position up to which there is write-ahead log here."""
    question = """SELECT (CASE WHEN pg_is_in_recovery()
        THEN greatest(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn()) ELSE pg_current_wal_insert_lsn() END)
        - '0/0'::pg_lsn"""
    command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--username=postgres", f"--command={question}"]
    return int(subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout)


def newest_page(path):
    """Returns the highest position in the write-ahead log that a page of the file claims to be changed by."""
    newest = 0
    with open(path, "rb", buffering=PAGE_BYTES * 64) as file:
        while len(page := file.read(PAGE_BYTES)) == PAGE_BYTES:
            high, low = struct.unpack_from("=II", page)
            newest = max(newest, high << 32 | low)
    return newest


def find_page_of_the_future():
    """Returns a file of this member with a page that claims to be newer than all there is, or None."""
    end_of_wal = 0
    for path in list_relation_files():
        try:
            newest = newest_page(path)
        except FileNotFoundError:
            continue
        # Read after the page, and only where it must be known anew.
        if newest > end_of_wal:
            end_of_wal = read_end_of_wal()
        if newest > end_of_wal:
            return f"{path} has a page of the future"
    return None


def list_relation_files():
    for top in RELATION_FOLDERS:
        for folder, _, names in os.walk(os.path.join(os.environ["PGDATA"], top)):
            yield from (os.path.join(folder, name) for name in names if RELATION_FILE.match(name))


def read_other_members():
    members = json.loads(ask("GET", "/cluster"))["members"]
    name = os.environ["PATRONI_NAME"]
    return [member for member in members if member["name"] != name and member["state"] in ("running", "streaming")]


def replace_data(why):
    """Has this member cloned from another whose files are whole; hands over to it first where this one leads."""
    print(f"damaged: {why}", file=sys.stderr, flush=True)
    others = read_other_members()
    if not others:
        print("left as it is: no other member runs", file=sys.stderr, flush=True)
        return
    damage = find_damage_by_copy(others[0]["host"])
    if damage is not None:
        print(f"left as it is: {others[0]['name']} is damaged too: {damage}", file=sys.stderr, flush=True)
        return
    if read_member()["role"] == "primary":
        hand_over()
    if read_member()["role"] == "primary":
        print("left as it is: no other member could take over", file=sys.stderr, flush=True)
        return
    ask("POST", "/reinitialize", {"force": True})
    print(f"made anew from {others[0]['name']}", file=sys.stderr, flush=True)


class DownWatch:
    """Knows for how long this member has been down without anything being done about it."""

    since = None

    def is_over(self, state):
        if state not in DOWN_STATES:
            self.since = None
            return False
        self.since = self.since or time.monotonic()
        return time.monotonic() - self.since > DOWN_TIMEOUT_S


def scrub_forever():
    """Looks after the member; doesn't return, and doesn't raise."""
    period_s = int(os.environ["SCRUB_PERIOD_S"])
    next_round = time.monotonic() + period_s
    down = DownWatch()
    while True:
        time.sleep(5)
        try:
            member = read_member()
            if member["role"] == "replica" and down.is_over(member["state"]):
                down.since = None
                replace_data(f"PostgreSQL has been down for {DOWN_TIMEOUT_S} s")
            elif member["state"] == "running" and time.monotonic() > next_round:
                next_round = time.monotonic() + period_s
                damage = find_page_of_the_future() or find_damage_by_copy("127.0.0.1")
                if damage is not None:
                    replace_data(damage)
        except Exception as error:  # pylint: disable=broad-except
            print(f"scrub: {error}", file=sys.stderr, flush=True)
