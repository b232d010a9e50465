-- Makes a role one that can only read, in the database that this runs in; as a superuser, as often as one likes.
-- Reads: the settings provision.reader and provision.application, the names of that role, which exists, and of the
-- one that owns the database. Plain SQL, so that the tests can run it too.
-- What an explicit grant gives is all that the role gets: pg_read_all_data would open pg_authid with it.
DO $$
DECLARE
    reader text := current_setting('provision.reader');
    application text := current_setting('provision.application');
    schema_name text;
    function_name text;
BEGIN
    EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS '
                   'CONNECTION LIMIT 40', reader);
    -- The first is a default, which a session may change; that nothing is granted holds without it.
    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', reader);
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''2min''', reader);
    EXECUTE format('ALTER ROLE %I SET lock_timeout = ''5s''', reader);
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10s''', reader);
    -- A statement whose client vanished ends.
    EXECUTE format('ALTER ROLE %I SET client_connection_check_interval = ''1s''', reader);
    -- One statement takes one core, and no more of the volume than this; the role can't lift the latter.
    EXECUTE format('ALTER ROLE %I SET max_parallel_workers_per_gather = 0', reader);
    EXECUTE format('ALTER ROLE %I SET temp_file_limit = ''128MB''', reader);

    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());

    -- What there is, and what the application or a person will make.
    FOR schema_name IN SELECT nspname FROM pg_namespace
                        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema_name, reader);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', schema_name, reader);
    END LOOP;
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I, CURRENT_USER GRANT USAGE ON SCHEMAS TO %I',
                   application, reader);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I, CURRENT_USER GRANT SELECT ON TABLES TO %I',
                   application, reader);

    -- Functions that wait, lock, signal, notify, take a transaction id or undo the settings above are everyone's
    -- by default, and a read-only transaction may call them. Here they are the application's alone.
    FOR function_name IN
        SELECT oid::regprocedure::text FROM pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace
           AND proname ~ ('^(set_config|pg_sleep.*|pg_(try_)?advisory_.*|pg_notify|lo_.*|lo(read|write)'
                          '|pg_(cancel|terminate)_backend|pg_export_snapshot|pg_current_xact_id|txid_current'
                          '|pg_logical_emit_message)$')
           AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner)))
                        WHERE grantee = 0 AND privilege_type = 'EXECUTE') LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', function_name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', function_name, application);
    END LOOP;
END
$$;
