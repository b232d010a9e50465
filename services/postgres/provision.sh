#!/bin/sh
# Makes the application's role and database, and a role that can only read it, or brings them in line with the
# secrets, so that a changed password takes with the next start. psql quotes what it is given; nothing of it is on a
# command line.
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
