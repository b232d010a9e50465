#!/bin/sh
# Makes the application's role and database, or brings them in line with the secrets, so that a changed password
# takes with the next start. psql quotes what it is given; nothing of it is on a command line.
set -eu

IFS= read -r role < "$POSTGRES_USERNAME_FILE" || [ -n "$role" ]
IFS= read -r password < "$POSTGRES_PASSWORD_FILE" || [ -n "$password" ]
export role password

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=postgres <<'SQL'
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
