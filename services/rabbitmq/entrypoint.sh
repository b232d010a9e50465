#!/bin/sh
# Starts RabbitMQ with the user that the secrets name, so that a changed password takes with the next start.
# There is no user guest: RabbitMQ makes it only where no definitions are given.
# Reads: RABBITMQ_USERNAME_FILE, RABBITMQ_PASSWORD_FILE, ERLANG_COOKIE_FILE, CLUSTER_SIZE. RABBITMQ_NODENAME names
# the data as well, so it must stay the same; in a cluster it is rabbit@<name>-<ordinal>.<domain>.
set -eu

: "${RABBITMQ_USERNAME_FILE:?names the file that holds the user of the applications}"
: "${RABBITMQ_PASSWORD_FILE:?names the file that holds its password}"
: "${ERLANG_COOKIE_FILE:?names the file that holds what nodes and tools trust each other by}"
: "${CLUSTER_SIZE:?says how many members the cluster has}"

read_secret() {
    IFS= read -r value < "$1" || [ -n "$value" ]
    printf '%s' "$value"
}

# RabbitMQ keeps base64(salt + SHA-256(salt + password)).
# Source: https://www.rabbitmq.com/docs/passwords#computing-password-hash
hash_password() {
    salt=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \n')
    digest=$( { bytes "$salt"; printf '%s' "$1"; } | sha256sum | cut -d ' ' -f 1)
    bytes "$salt$digest" | base64 --wrap=0
}

# Turns hexadecimal digits into the bytes that they stand for.
bytes() {
    for byte in $(printf '%s' "$1" | sed 's/../& /g'); do
        printf "\\$(printf '%o' "0x$byte")"
    done
}

umask 077
username=$(read_secret "$RABBITMQ_USERNAME_FILE")
case $username in
    *[!A-Za-z0-9_.-]* | '') echo "The user's name may have letters, digits and _.- only." >&2; exit 1 ;;
esac
rm -rf "$HOME/definitions" "$HOME/.erlang.cookie" "$HOME/conf.d"
mkdir "$HOME/conf.d"
cp /etc/rabbitmq/rabbitmq.conf "$HOME/conf.d/10-settings.conf"
cp -r /etc/rabbitmq/definitions "$HOME/definitions"
cat > "$HOME/definitions/20-user.json" <<JSON
{
  "users": [
    {
      "name": "$username",
      "password_hash": "$(hash_password "$(read_secret "$RABBITMQ_PASSWORD_FILE")")",
      "hashing_algorithm": "rabbit_password_hashing_sha256",
      "tags": ""
    }
  ],
  "permissions": [{ "user": "$username", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*" }]
}
JSON
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
