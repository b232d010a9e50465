"""The configuration of this member's Patroni: what is the same for all, and the passwords from the mounted secrets.

Reads: POSTGRES_MEMBER_USERNAME_FILE, POSTGRES_MEMBER_PASSWORD_FILE, PATRONI_NAME, PGDATA. patronictl and Patroni itself
read the rest from the PATRONI_* variables."""
import os
import sys

import yaml

TEMPLATE = "/etc/postgresql/patroni.yml"
CONFIGURATION_FILE = os.environ["PATRONICTL_CONFIG_FILE"]
PREVIOUS_FILE = f"{CONFIGURATION_FILE}.previous"


def read_secret(variable):
    """Returns the first line of the file that the variable names."""
    with open(os.environ[variable], encoding="utf-8") as file:
        return file.readline().rstrip("\n")


def read_all_secrets():
    """Returns all that the mounted secrets have, the second logins that they have during a rotation too."""
    secrets = {}
    for name in sorted(os.environ):
        if not (name.startswith("POSTGRES_") and name.endswith("_FILE")):
            continue
        secrets[name] = read_secret(name)
        folder, file = os.path.split(os.environ[name])
        other = os.path.join(folder, f"other-{file}")
        if os.path.exists(other):
            with open(other, encoding="utf-8") as opened:
                secrets[f"{name} other"] = opened.readline().rstrip("\n")
    return secrets


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
    """Writes it to a file system in memory, for nobody else to read, at once or not at all.

    What Patroni's REST API was entered by until now is kept beside: it still is, until Patroni has read the new one."""
    known = read_authentication(CONFIGURATION_FILE)
    if known is not None and known != configuration["restapi"]["authentication"]:
        write_privately(PREVIOUS_FILE, {"restapi": {"authentication": known}})
    write_privately(CONFIGURATION_FILE, configuration)


def list_authentications():
    """Returns by what the REST API may be entered: what the secrets say, what was written last, and before that."""
    secret = {part: read_secret(f"POSTGRES_MEMBER_{part.upper()}_FILE") for part in ("username", "password")}
    written = (read_authentication(file) for file in (CONFIGURATION_FILE, PREVIOUS_FILE))
    return [secret] + [one for one in written if one is not None and one != secret]


def read_authentication(file):
    """Returns what a configuration says of the REST API, or None where there is none yet."""
    try:
        with open(file, encoding="utf-8") as opened:
            return yaml.safe_load(opened)["restapi"]["authentication"]
    except FileNotFoundError:
        return None


def write_privately(file, content):
    # The two containers of a pod have process ids of their own, and may write at once.
    new = f"{file}.{os.path.basename(sys.argv[0])}"
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        yaml.safe_dump(content, opened)
    os.replace(new, file)
