#!/bin/sh
# Patroni's callback after a start and a change of role. Where this member leads: brings the settings of the cluster,
# its database and its roles in line with the image and the secrets.
# Source: https://patroni.readthedocs.io/en/latest/yaml_configuration.html (callbacks)
# Arguments: event, role, scope.
set -eu
[ "$2" = primary ] || exit 0
apply-settings.py
# A standby that is away must not delay it; after a failover it runs again.
PGOPTIONS='-c synchronous_commit=local' provision.sh
echo "settled as the leader of $3"
