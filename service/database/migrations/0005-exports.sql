create table export_tasks (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null,
  description text,
  license_key uuid not null,
  output_id uuid not null,
  -- as the caller wrote it; object keys are those of export_files
  output_path text not null,
  overwrite boolean not null,
  type text not null,
  -- snake_case names, in the order of the file
  columns jsonb not null,
  file_format text not null,
  start_time timestamptz not null,
  end_time timestamptz not null,
  -- SHA-256 over everything that decides the bytes; tasks that share it may share object keys
  definition text not null,
  status text not null check (status in ('QUEUED', 'STARTED', 'FINISHED', 'ERROR')),
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  -- what was stored when the task started
  watermark timestamptz,
  error_code text,
  error_message text,
  error_remedy text,
  -- no worker takes it earlier
  available_at timestamptz not null,
  -- the claim of one worker; over when lease_until has passed
  lease_id uuid,
  lease_until timestamptz,
  -- failures in a row without a delivered file between them
  failures integer not null default 0,
  check (start_time < end_time),
  check ((status = 'ERROR') = (error_code is not null))
);
create index export_tasks_by_organization on export_tasks (organization_id, created_at desc, id);
create index export_tasks_claimable on export_tasks (available_at, created_at)
  where status in ('QUEUED', 'STARTED');

-- planned, then claimed (claimed_at), then delivered (delivered_at); the last one is the manifest
create table export_files (
  task_id uuid not null references export_tasks (id),
  position integer not null,
  organization_id uuid not null references organizations (id),
  bucket_name text not null,
  object_key text not null,
  -- half-open; null for the manifest
  start_time timestamptz,
  end_time timestamptz,
  -- the hour's revision as pinned when the task started
  pinned jsonb,
  row_count bigint,
  bytes bigint,
  sha256 text,
  md5 text,
  first_time timestamptz,
  last_time timestamptz,
  claimed_at timestamptz,
  -- multipart uploads that were started and neither completed nor aborted as far as we know
  upload_ids jsonb not null default '[]',
  delivered_at timestamptz,
  primary key (task_id, position),
  check (delivered_at is null or claimed_at is not null),
  check (claimed_at is null or (row_count is not null and bytes is not null and sha256 is not null))
);
create index export_files_by_key on export_files (organization_id, bucket_name, object_key);

-- One row per bucket: whoever creates a task holds it, so that two never take one key at once.
create table export_buckets (
  organization_id uuid not null references organizations (id),
  bucket_name text not null,
  primary key (organization_id, bucket_name)
);
