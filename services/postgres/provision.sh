#!/bin/sh
# Makes the application's role and database, the role of the members, and a role that can only read, or brings them in
# line with the secrets. psql quotes what it is given; nothing of it is on a command line.
# Reads: POSTGRES_DATABASE, POSTGRES_USERNAME_FILE, POSTGRES_PASSWORD_FILE, and, each pair if there is one,
# POSTGRES_MEMBER_USERNAME_FILE, POSTGRES_MEMBER_PASSWORD_FILE, POSTGRES_READER_USERNAME_FILE,
# POSTGRES_READER_PASSWORD_FILE.
set -eu

IFS= read -r role < "$POSTGRES_USERNAME_FILE" || [ -n "$role" ]
IFS= read -r password < "$POSTGRES_PASSWORD_FILE" || [ -n "$password" ]
export role password

run_sql() {
    PGDATABASE=$1 psql --no-psqlrc --quiet --output=/dev/null --set=ON_ERROR_STOP=1 --username=postgres
}

run_sql postgres <<'SQL'
\getenv role role
\getenv password password
\getenv database POSTGRES_DATABASE
-- A statement that fails is logged as it is, and one of these holds the password.
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I LOGIN', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"role";
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
SQL

# What the other member copies and rewinds with.
# Source: https://www.postgresql.org/docs/17/app-pgrewind.html (notes)
provision_members() {
    : "${POSTGRES_MEMBER_PASSWORD_FILE:?names the file that holds the password of the members}"
    IFS= read -r member < "$POSTGRES_MEMBER_USERNAME_FILE" || [ -n "$member" ]
    IFS= read -r member_password < "$POSTGRES_MEMBER_PASSWORD_FILE" || [ -n "$member_password" ]
    export member member_password
    run_sql postgres <<'SQL'
\getenv member member
\getenv password member_password
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I LOGIN', :'member')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'member') \gexec
ALTER ROLE :"member" LOGIN REPLICATION PASSWORD :'password';
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
    pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) TO :"member";
SQL
}
[ -z "${POSTGRES_MEMBER_USERNAME_FILE:-}" ] || provision_members

[ -n "${POSTGRES_READER_USERNAME_FILE:-}" ] || exit 0
: "${POSTGRES_READER_PASSWORD_FILE:?names the file that holds the password of the role that only reads}"
IFS= read -r reader < "$POSTGRES_READER_USERNAME_FILE" || [ -n "$reader" ]
IFS= read -r reader_password < "$POSTGRES_READER_PASSWORD_FILE" || [ -n "$reader_password" ]
reader_rights=$(dirname "$0")/reader.sql
export reader reader_password reader_rights

run_sql "$POSTGRES_DATABASE" <<'SQL'
\getenv role role
\getenv reader reader
\getenv password reader_password
\getenv rights reader_rights
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I LOGIN', :'reader')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'reader') \gexec
ALTER ROLE :"reader" LOGIN PASSWORD :'password';
SELECT set_config('provision.reader', :'reader', false), set_config('provision.application', :'role', false);
\i :rights
SQL
