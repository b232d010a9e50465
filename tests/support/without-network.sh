#!/usr/bin/env bash
# The first process of a machine without a network, in namespaces of its own (unshare(1)): nothing but a
# loopback interface, an engine's sockets, data and logs apart from the host's, and none of the programs
# that the bundle has to do without. Its argument is the folder for what the machine keeps.
set -euo pipefail

folder=$1
ip link set lo up
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock
for path in var/lib/docker var/log; do
  mkdir -p "/$path" "$folder/$path"
  mount --bind "$folder/$path" "/$path"
done
# The host's engine may be told where its data is.
mkdir -p /etc/docker
mount -t tmpfs tmpfs /etc/docker
# What can't be executed is not found.
for program in node npm go mmdebstrap; do
  for file in $(type -aP "$program"); do
    mount --bind /dev/null "$(readlink --canonicalize "$file")"
  done
done
echo ready
# A child to wait for, so that orphans are reaped meanwhile.
while :; do
  sleep infinity &
  wait $! || true
done
