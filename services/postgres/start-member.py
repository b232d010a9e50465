#!/usr/bin/python3
"""Becomes Patroni, as the first process of the container.

Completes the configuration with what must not be in an image or in git, removes what a killed copy left of a data
directory and a killed PostgreSQL of its lock, and lowers one limit of Patroni's: a ttl of less than 20 seconds
(docs/decisions/0007-patroni-pairs.md).
"""
import logging
import os
import shutil
import sys
import time

from member_configuration import CONFIGURATION_FILE, make_configuration, write_configuration
from patroni.config import Config
from postmaster_pid import remove_stale_pid_file

MINIMAL_TTL_S = 8


def remove_incomplete_data():
    """Removes a data directory that initdb, pg_basebackup or pg_rewind were killed in (mark-incomplete.sh)."""
    data = os.environ["PGDATA"]
    mark = data + ".incomplete"
    if not os.path.exists(mark):
        return
    print(f"removing {data}, which is incomplete", file=sys.stderr)
    shutil.rmtree(data, ignore_errors=True)
    os.remove(mark)


def allow_short_ttl(settings):
    """Makes Patroni accept a ttl from MINIMAL_TTL_S; exits where this Patroni can't be made to."""
    name = "_Config__get_and_maybe_adjust_int_value"
    original = getattr(Config, name, None)

    def adjust(self, config, param, min_value):
        return original(self, config, param, MINIMAL_TTL_S if param == "ttl" else min_value)

    timeouts = {key: settings[key] for key in ("ttl", "loop_wait", "retry_timeout")}
    tried = dict(timeouts)
    if original is not None:
        setattr(Config, name, adjust)
        Config._validate_and_adjust_timeouts(object.__new__(Config), tried)
    if tried != timeouts:
        sys.exit(
            f"This Patroni makes {tried} of {timeouts}, with which a failover takes longer than promised. "
            "Look at _validate_and_adjust_timeouts in patroni/config.py, and mend allow_short_ttl in "
            "services/postgres/start-member.py."
        )


def adapt(patroni):
    """Mends two things of Patroni's that Kubernetes, and clocks that are set back, bring about."""
    for name in ("ensure_unique_name", "schedule_next_run"):
        if not callable(getattr(patroni, name, None)):
            sys.exit(
                f"This Patroni has no {name}. Look at patroni/__main__.py, and mend adapt in "
                "services/postgres/start-member.py."
            )
    schedule = patroni.schedule_next_run

    def schedule_soon(self):
        # Of a clock that was set back by an hour it would make a nap of an hour, without any failover meanwhile.
        self.next_run = min(self.next_run, time.time())
        schedule(self)

    patroni.schedule_next_run = schedule_soon
    # Each name is one pod's alone: the StatefulSet sees to it. Patroni asks at the address that the pod had before it
    # was started anew; where another member has that address by now, it would never start.
    patroni.ensure_unique_name = lambda self, cluster: None


class OnlyChanges(logging.Filter):
    """Lets a message through that differs from the one before it: each round of Patroni's says how it is."""

    last = None

    def filter(self, record):
        message = record.getMessage()
        is_new, self.last = message != self.last, message
        return is_new or record.levelno > logging.INFO


# Patroni starts PostgreSQL through a Python process that loads this file again, under another name.
if __name__ == "__main__":
    os.umask(0o077)
    remove_incomplete_data()
    remove_stale_pid_file(os.environ["PGDATA"])
    member = make_configuration()
    allow_short_ttl(member["cluster_settings"])
    write_configuration(member)
    from patroni.__main__ import Patroni, main

    adapt(Patroni)

    logging.getLogger("patroni.__main__").addFilter(OnlyChanges())
    sys.argv = ["patroni", CONFIGURATION_FILE]
    main()
