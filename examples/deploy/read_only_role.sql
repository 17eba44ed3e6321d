-- A role that can read all of msgtrace's data and change none of it, for a dashboard or for reports of your own.
--
--   psql -v ON_ERROR_STOP=1 -v role=msgtrace_reader -v password="'a long one'" -f read_only_role.sql "postgresql://..."
--
-- Run it as the owner of the schema, the role that collectors write with; it may be run again. Then, for the dashboard:
--
--   MSGTRACE_READ_DATABASE_URL=postgresql://msgtrace_reader:...@host/database
--
-- Without MSGTRACE_DATABASE_URL beside it, the dashboard shows everything and changes nothing.
-- alert_channel holds the addresses that alerts are sent to, which are secret: of it the role sees names only.

SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec

BEGIN;

ALTER ROLE :"role" PASSWORD :password;
ALTER ROLE :"role" SET default_transaction_read_only = on;
ALTER ROLE :"role" SET statement_timeout = '10s';

GRANT USAGE ON SCHEMA msgtrace TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA msgtrace TO :"role";
ALTER DEFAULT PRIVILEGES IN SCHEMA msgtrace GRANT SELECT ON TABLES TO :"role"; -- of those that a later version adds

REVOKE SELECT ON msgtrace.alert_channel FROM :"role";
GRANT SELECT (project_id, channel_id, name, kind, created_ns) ON msgtrace.alert_channel TO :"role";

COMMIT;
