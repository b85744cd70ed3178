-- migrations: 5
-- An organization with all that it may have, as version 0.1.0 stores it.
insert into organizations (id, parent_id, name, label_color, is_operator, created_at, modified_at) values
  ('00000000-0000-4000-8000-000000000001', null, 'Aurora Video', '#0af', false, '2026-03-01Z', '2026-03-01Z'),
  ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'Aurora Kids', null, false, '2026-03-01Z', '2026-03-01Z');
insert into api_keys (id, organization_id, name, sha256, created_at, revoked_at) values
  ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'first', repeat('a', 64), '2026-03-01Z', null),
  ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000001', 'gone', repeat('b', 64), '2026-03-01Z', '2026-03-02Z');
insert into licenses (id, organization_id, license_key, name, time_zone, retention_days, ignore_dnt, domains, custom_data, created_at, modified_at) values
  ('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000006', 'web', 'Europe/Vienna', 400, true,
   '[{"id":"00000000-0000-4000-8000-000000000007","url":"aurora.example"}]', '{"team":"player"}', '2026-03-01Z', '2026-03-01Z');
insert into sample_progress (watermark, closed_until, closing_before) values ('2026-03-02T00:30:00Z', '2026-03-02T00:00:00Z', null);
insert into sample_leases (id, stored_until, expires_at) values
  ('00000000-0000-4000-8000-000000000008', '2026-03-02T00:30:00Z', '2026-03-02T00:30:15Z');
insert into sample_hours (license_key, hour, revision, stored_before, row_count, duplicate_count, checksum, expires_at) values
  ('00000000-0000-4000-8000-000000000006', '2026-03-01T10:00:00Z', 1, '2026-03-01T11:00:01Z', 2, 0, '18446744073709551615', '2027-04-05Z');
insert into sample_touched_hours (id, license_key, hour, lease_id, settle_from) values
  ('00000000-0000-4000-8000-000000000009', '00000000-0000-4000-8000-000000000006', '2026-03-01T11:00:00Z', '00000000-0000-4000-8000-000000000008', null);
insert into external_ids (external_id, organization_id, mode, issued_at, retired_at) values
  ('sluice-generated-0123456789abcdef', '00000000-0000-4000-8000-000000000001', 'GENERATED', '2026-03-01Z', null),
  ('sluice-retired-0123456789abcdef', '00000000-0000-4000-8000-000000000001', 'GENERATED', '2026-03-01Z', '2026-03-02Z');
insert into outputs (id, organization_id, name, bucket_name, role_arn, external_id, external_id_mode, cloud_region, path_prefix, bucket_owner_full_control, created_at, modified_at, deleted_at) values
  ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', 'nightly', 'aurora-samples', 'arn:aws:iam::111122223333:role/sluice',
   'sluice-generated-0123456789abcdef', 'GENERATED', 'EU_WEST_1', 'sluice/', false, '2026-03-01Z', '2026-03-01Z', null);
insert into role_accesses (id, organization_id, output_id, task_id, at, why, action, session_name, access_key_id, object_key, sts_request_ids, s3_request_ids, outcome) values
  ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', null, '2026-03-02Z', 'a task', 'PUT_OBJECT',
   'sluice-00000000-0000-4000-8000-00000000000a', 'ASIAEXAMPLE', 'sluice/day/2026-03-01-10-00.csv', '["r1"]', '["r2"]', 'OK');
insert into export_buckets (organization_id, bucket_name) values ('00000000-0000-4000-8000-000000000001', 'aurora-samples');
insert into export_tasks (id, organization_id, name, license_key, output_id, output_path, overwrite, type, columns, file_format, start_time, end_time, definition, status, created_at, started_at, finished_at, watermark, error_code, error_message, error_remedy, available_at) values
  ('00000000-0000-4000-8000-00000000000c', '00000000-0000-4000-8000-000000000001', 'done', '00000000-0000-4000-8000-000000000006', '00000000-0000-4000-8000-00000000000a', 'day', false, 'SESSIONS',
   '["time","impression_id"]', 'CSV', '2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z', repeat('c', 64), 'FINISHED', '2026-03-02Z', '2026-03-02Z', '2026-03-02Z', '2026-03-02Z', null, null, null, '2026-03-02Z'),
  ('00000000-0000-4000-8000-00000000000d', '00000000-0000-4000-8000-000000000001', 'failed', '00000000-0000-4000-8000-000000000006', '00000000-0000-4000-8000-00000000000a', 'day-2', false, 'SESSIONS',
   '["time"]', 'PARQUET', '2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z', repeat('d', 64), 'ERROR', '2026-03-02Z', '2026-03-02Z', '2026-03-02Z', '2026-03-02Z', 'ROLE_NOT_ASSUMABLE', 'No.', 'Change the trust policy.', '2026-03-02Z');
insert into export_files (task_id, position, organization_id, bucket_name, object_key, start_time, end_time, pinned, row_count, bytes, sha256, md5, first_time, last_time, claimed_at, delivered_at) values
  ('00000000-0000-4000-8000-00000000000c', 0, '00000000-0000-4000-8000-000000000001', 'aurora-samples', 'sluice/day/2026-03-01-10-00.csv', '2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z',
   '{"start":"2026-03-01T10:00:00.000Z","end":"2026-03-01T11:00:00.000Z","revision":1,"storedBefore":"2026-03-01T11:00:01.000Z","rows":2,"duplicates":0,"checksum":"18446744073709551615"}',
   2, 100, repeat('e', 64), repeat('f', 32), '2026-03-01T10:10:00Z', '2026-03-01T10:20:00Z', '2026-03-02Z', '2026-03-02Z'),
  ('00000000-0000-4000-8000-00000000000c', 1, '00000000-0000-4000-8000-000000000001', 'aurora-samples', 'sluice/day/manifest-00000000-0000-4000-8000-00000000000c.json', null, null, null, 0, 900, repeat('1', 64), repeat('2', 32), null, null, '2026-03-02Z', '2026-03-02Z');
