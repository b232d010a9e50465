"""The configuration of this member's Patroni: what is the same for all, and the passwords from the mounted secrets.

Reads: POSTGRES_MEMBER_USERNAME_FILE, POSTGRES_MEMBER_PASSWORD_FILE, PATRONI_NAME, PGDATA. patronictl and Patroni itself
read the rest from the PATRONI_* variables."""
import os
import sys

import yaml

TEMPLATE = "/etc/postgresql/patroni.yml"
CONFIGURATION_FILE = os.environ["PATRONICTL_CONFIG_FILE"]


def read_secret(variable):
    """Returns the first line of the file that the variable names."""
    with open(os.environ[variable], encoding="utf-8") as file:
        return file.readline().rstrip("\n")


def make_configuration(tags=None):
    """Returns the whole configuration as a dictionary; `tags` are what others are told of this member."""
    with open(TEMPLATE, encoding="utf-8") as file:
        configuration = yaml.safe_load(file)
    credentials = {
        "username": read_secret("POSTGRES_MEMBER_USERNAME_FILE"),
        "password": read_secret("POSTGRES_MEMBER_PASSWORD_FILE"),
    }
    configuration["restapi"]["authentication"] = credentials
    configuration["postgresql"]["data_dir"] = os.environ["PGDATA"]
    configuration["postgresql"]["authentication"] = {
        # By the socket, as the user that the container runs as.
        "superuser": {"username": "postgres"},
        "replication": credentials,
        "rewind": credentials,
    }
    configuration["tags"] = tags or {}
    configuration["bootstrap"]["dcs"] = configuration["cluster_settings"]
    # Only the first member may make a new cluster: where a volume that existed before Patroni is taken over, it is
    # that of the first, and the second must not be quicker.
    if not os.environ["PATRONI_NAME"].endswith("-0"):
        del configuration["bootstrap"]
    return configuration


def write_configuration(configuration):
    """Writes it to a file system in memory, for nobody else to read, at once or not at all."""
    # The two containers of a pod have process ids of their own, and may write at once.
    new = f"{CONFIGURATION_FILE}.{os.path.basename(sys.argv[0])}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        yaml.safe_dump(configuration, file)
    os.replace(new, CONFIGURATION_FILE)
