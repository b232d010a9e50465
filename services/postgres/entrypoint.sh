#!/bin/sh
# Starts PostgreSQL: makes the data directory if the volume is empty, brings database and role in line with the
# secrets, then becomes the server.
# Reads: POSTGRES_DATABASE, POSTGRES_USERNAME_FILE, POSTGRES_PASSWORD_FILE, PGDATA; and, for a role that can only read,
# POSTGRES_READER_USERNAME_FILE, POSTGRES_READER_PASSWORD_FILE.
set -eu

: "${POSTGRES_DATABASE:?names the database to keep}"
: "${POSTGRES_USERNAME_FILE:?names the file that holds the role of the application}"
: "${POSTGRES_PASSWORD_FILE:?names the file that holds its password}"

# Into a folder of another name first: a start that is killed amid initdb leaves nothing that looks complete.
create_data_directory() {
    rm -rf "$PGDATA.new"
    initdb --pgdata="$PGDATA.new" --username=postgres --data-checksums \
        --auth-local=peer --auth-host=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --locale-provider=builtin --builtin-locale=C.UTF-8 \
        --no-instructions
    mv "$PGDATA.new" "$PGDATA"
}

# A server that no network reaches, for as long as provision.sh needs it.
provision() {
    trap 'pg_ctl stop --mode=fast --silent; exit 0' INT TERM
    pg_ctl start --wait --timeout=600 --silent --options="-c config_file=/etc/postgresql/postgresql.conf -c listen_addresses=''"
    provision.sh
    pg_ctl stop --wait --mode=fast --silent
    trap - INT TERM
}

[ -s "$PGDATA/PG_VERSION" ] || create_data_directory
provision
# What one process may address, in KiB, of which 64 MiB are shared buffers and about 150 libraries. A statement that
# wants more fails by itself, and doesn't take the whole server along when the container is out of memory.
ulimit -v 393216
exec postgres -c config_file=/etc/postgresql/postgresql.conf
