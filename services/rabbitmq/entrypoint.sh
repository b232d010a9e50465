#!/bin/sh
# Starts RabbitMQ with the user that the secrets name; keep-users follows what changes of it later.
# There is no user guest: RabbitMQ makes it only where no definitions are given.
# Reads: RABBITMQ_USERNAME_FILE, RABBITMQ_PASSWORD_FILE, ERLANG_COOKIE_FILE, CLUSTER_SIZE. RABBITMQ_NODENAME names
# the data as well, so it must stay the same; in a cluster it is rabbit@<name>-<ordinal>.<domain>.
set -eu

: "${ERLANG_COOKIE_FILE:?names the file that holds what nodes and tools trust each other by}"
: "${CLUSTER_SIZE:?says how many members the cluster has}"

read_secret() {
    IFS= read -r value < "$1" || [ -n "$value" ]
    printf '%s' "$value"
}

umask 077
rm -rf "$HOME/definitions" "$HOME/.erlang.cookie" "$HOME/conf.d"
mkdir "$HOME/conf.d"
cp /etc/rabbitmq/rabbitmq.conf "$HOME/conf.d/10-settings.conf"
cp -r /etc/rabbitmq/definitions "$HOME/definitions"
write-users "$HOME/definitions/20-users.json"
read_secret "$ERLANG_COOKIE_FILE" > "$HOME/.erlang.cookie"
chmod 400 "$HOME/.erlang.cookie"
if [ "$CLUSTER_SIZE" -gt 1 ]; then
    # Noted until the member has started for the first time: what was killed while it joined begins anew.
    joining=$(dirname "$RABBITMQ_MNESIA_BASE")/joining
    [ ! -e "$joining" ] || rm -rf "$RABBITMQ_MNESIA_BASE"
    if [ ! -e "$RABBITMQ_MNESIA_BASE" ]; then
        await-cluster.escript "$HOME/conf.d/50-members.conf"
        : > "$joining"
    fi
fi
exec rabbitmq-server
