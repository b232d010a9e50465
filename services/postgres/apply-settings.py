#!/usr/bin/python3
"""Makes `cluster_settings` of the configuration the settings of the whole cluster, so that git decides, not history.

Patroni keeps them in Kubernetes, and takes them from the configuration only when it makes a cluster."""
from member_api import ask, read_configuration

ask("PUT", "/config", read_configuration()["cluster_settings"])
