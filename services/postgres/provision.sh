#!/bin/sh
# Makes the application's role and database, the role of the members, and a role that can only read, or brings them in
# line with the secrets. psql quotes what it is given; nothing of it is on a command line.
#
# Each role has two logins, its own name and that with _alternate behind it, of which one is used. While passwords are
# changed, a secret has the files other-username and other-password beside, and both may log in; a login that the
# secret doesn't have can't, and its sessions are ended (docs/decisions/0018-rotation.md).
#
# Reads: POSTGRES_DATABASE, POSTGRES_USERNAME_FILE, POSTGRES_PASSWORD_FILE, and, each pair if there is one,
# POSTGRES_MEMBER_USERNAME_FILE, POSTGRES_MEMBER_PASSWORD_FILE, POSTGRES_READER_USERNAME_FILE,
# POSTGRES_READER_PASSWORD_FILE.
set -eu

run_sql() {
    PGDATABASE=$1 psql --no-psqlrc --quiet --output=/dev/null --set=ON_ERROR_STOP=1 --username=postgres
}

read_line() {
    IFS= read -r line < "$1" || [ -n "$line" ]
    printf '%s' "$line"
}

# Runs its argument for each login that the secret at the files $username_file and $password_file has, with base, login
# and password set; then locks the other login of the role.
# Source: https://www.postgresql.org/docs/17/sql-alterrole.html
for_each_login() {
    login=$(read_line "$username_file")
    password=$(read_line "$password_file")
    base=${login%_alternate}
    others=$(dirname "$username_file")
    export base login password
    "$1"
    used=$login
    unused=$base
    [ "$login" != "$base" ] || unused=${base}_alternate
    if [ -e "$others/other-username" ]; then
        login=$(read_line "$others/other-username")
        password=$(read_line "$others/other-password")
        [ "$login" = "$unused" ] || { echo "other-username is not the other login of $base" >&2; exit 1; }
        "$1"
    else
        export unused
        lock_unused
    fi
    login=$used
}

lock_unused() {
    run_sql postgres <<'SQL'
\getenv unused unused
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', :'unused')
 WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = :'unused' AND rolcanlogin) \gexec
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :'unused';
SQL
}

# The other login acts as the role itself, so that what it makes is the role's.
provision_application() {
    run_sql postgres <<'SQL'
\getenv base base
\getenv login login
\getenv password password
-- A statement that fails is logged as it is, and one of these holds the password.
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I', name) FROM (VALUES (:'base'), (:'login')) AS wanted (name)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) GROUP BY name \gexec
ALTER ROLE :"login" LOGIN PASSWORD :'password';
SELECT format('GRANT %I TO %I', :'base', :'login'), format('ALTER ROLE %I SET role = %I', :'login', :'base')
 WHERE :'login' <> :'base' \gexec
SQL
}
username_file=$POSTGRES_USERNAME_FILE password_file=$POSTGRES_PASSWORD_FILE
for_each_login provision_application
role=$base
export role
run_sql postgres <<'SQL'
\getenv role role
\getenv database POSTGRES_DATABASE
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"role";
REVOKE CONNECT ON DATABASE :"database" FROM PUBLIC;
SQL

# What the other member copies and rewinds with.
# Source: https://www.postgresql.org/docs/17/app-pgrewind.html (notes)
provision_member() {
    run_sql postgres <<'SQL'
\getenv login login
\getenv password password
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I', :'login')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'login') \gexec
ALTER ROLE :"login" LOGIN REPLICATION PASSWORD :'password';
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
    pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) TO :"login";
SQL
}
if [ -n "${POSTGRES_MEMBER_USERNAME_FILE:-}" ]; then
    : "${POSTGRES_MEMBER_PASSWORD_FILE:?names the file that holds the password of the members}"
    username_file=$POSTGRES_MEMBER_USERNAME_FILE password_file=$POSTGRES_MEMBER_PASSWORD_FILE
    for_each_login provision_member
fi

[ -n "${POSTGRES_READER_USERNAME_FILE:-}" ] || exit 0
: "${POSTGRES_READER_PASSWORD_FILE:?names the file that holds the password of the role that only reads}"
reader_rights=$(dirname "$0")/reader.sql
export reader_rights
# Settings of a role hold for its own sessions only, so each login has them all.
provision_reader() {
    run_sql "$POSTGRES_DATABASE" <<'SQL'
\getenv role role
\getenv reader login
\getenv password password
\getenv rights reader_rights
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I LOGIN', :'reader')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'reader') \gexec
SELECT set_config('provision.reader', :'reader', false), set_config('provision.application', :'role', false);
\i :rights
ALTER ROLE :"reader" LOGIN PASSWORD :'password';
SQL
}
username_file=$POSTGRES_READER_USERNAME_FILE password_file=$POSTGRES_READER_PASSWORD_FILE
for_each_login provision_reader
