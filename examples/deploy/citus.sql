-- Spreads msgtrace over the servers of a Citus cluster (https://www.citusdata.com), when one PostgreSQL is too small.
--
--   1. msgtrace migrate                                       with MSGTRACE_DATABASE_URL of the coordinator
--   2. psql -v ON_ERROR_STOP=1 -f citus.sql "postgresql://..." the same database, as the owner of the schema
--   3. start collectors and dashboards, all with the coordinator's URL
--
-- Stop the collectors for step 2: the tables are moved. Run the statements of tables that a later msgtrace adds as well.
-- tests/store/test_citus.py holds the file to the schema and the schema to Citus' rules, on PostgreSQL without Citus:
-- try it on a copy of your data first.

CREATE EXTENSION IF NOT EXISTS citus;
SET search_path = msgtrace, public;

BEGIN;

-- What belongs to a trace lies together: all rows of a trace on one server, and joins by trace never leave it.
SELECT create_distributed_table('span', 'trace_id');
SELECT create_distributed_table('span_payload', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('span_conflict', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('log_record', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('trace', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('usage', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('score', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('trace_note', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('alert_match', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('search_mark', 'trace_id', colocate_with => 'span');
SELECT create_distributed_table('search_document', 'trace_id', colocate_with => 'span');

-- What is small and asked for beside any trace: a copy on every server.
SELECT create_reference_table('resource_scope');
SELECT create_reference_table('span_price');
SELECT create_reference_table('error_group');
SELECT create_reference_table('usage_hour');
SELECT create_reference_table('usage_rolled');
SELECT create_reference_table('rolled_sum');
SELECT create_reference_table('rolled_stretch');
SELECT create_reference_table('rolled_loop');

-- What is small and asked for by itself: on the coordinator, where writing it costs one server and not all.
SELECT citus_add_local_table_to_metadata('change_counter');
SELECT citus_add_local_table_to_metadata('recent_request');
SELECT citus_add_local_table_to_metadata('price_override');
SELECT citus_add_local_table_to_metadata('invoice');
SELECT citus_add_local_table_to_metadata('saved_view');
SELECT citus_add_local_table_to_metadata('alert_rule');
SELECT citus_add_local_table_to_metadata('alert_channel');
SELECT citus_add_local_table_to_metadata('alert_event');
SELECT citus_add_local_table_to_metadata('alert_delivery');
SELECT citus_add_local_table_to_metadata('lease');
SELECT citus_add_local_table_to_metadata('retention_mark');
SELECT citus_add_local_table_to_metadata('alembic_version');

COMMIT;
