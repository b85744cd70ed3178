alter table export_tasks add column compression text;
update export_tasks set compression = case file_format when 'PARQUET' then 'ZSTD' else 'NONE' end;
alter table export_tasks alter column compression set not null;
alter table export_tasks add column layout text not null default 'FLAT';
-- a later revision of an hour is a file of its own, with the next number
alter table export_tasks add column file_number integer not null default 1;

create table export_schedules (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null,
  description text,
  frequency text not null check (frequency in ('HOURLY', 'DAILY')),
  license_key uuid not null,
  output_id uuid not null references outputs (id),
  -- as the caller wrote it; object keys are those of export_files
  output_path text not null,
  -- what each task's files hold, as #exports takes it; the columns by their names
  content jsonb not null,
  bucket_name text not null,
  -- null: no latest.json is kept
  latest_key text,
  status text not null check (status in ('ACTIVE', 'PAUSED')),
  -- the first hour that is exported by itself
  start_time timestamptz not null,
  -- every hour from start_time to here has its row
  planned_until timestamptz not null,
  -- every hour from start_time to here is in the bucket, as of the last look
  complete_until timestamptz not null,
  -- what latest.json says; only ever grows
  latest_until timestamptz,
  -- it could not be written, and is not tried earlier
  latest_again_at timestamptz,
  latest_error_code text,
  latest_error_message text,
  latest_error_remedy text,
  -- an hour is overdue since then
  late_since timestamptz,
  -- no process looks at it earlier
  next_at timestamptz not null,
  -- the claim of one process; over when lease_until has passed
  lease_id uuid,
  lease_until timestamptz,
  created_at timestamptz not null,
  modified_at timestamptz not null,
  deleted_at timestamptz
);
create index export_schedules_by_organization
  on export_schedules (organization_id, created_at desc, id) where deleted_at is null;
create index export_schedules_due on export_schedules (next_at)
  where status = 'ACTIVE' and deleted_at is null;
-- two that keep one latest.json would take it back from each other
create unique index export_schedules_one_latest
  on export_schedules (organization_id, bucket_name, latest_key) where deleted_at is null;

-- Each file of a schedule: of each hour one, and one more for each later revision of the hour.
create table export_schedule_hours (
  schedule_id uuid not null references export_schedules (id),
  organization_id uuid not null references organizations (id),
  start_time timestamptz not null,
  end_time timestamptz not null,
  number integer not null,
  -- of the task that exports it
  window_start timestamptz not null,
  window_end timestamptz not null,
  -- asked for by a backfill: later than hours that are exported by themselves
  is_backfill boolean not null,
  -- null: it waits for its turn, or no task could be made
  task_id uuid references export_tasks (id),
  error_code text,
  error_message text,
  error_remedy text,
  primary key (schedule_id, start_time, number)
);
create index export_schedule_hours_waiting on export_schedule_hours (schedule_id, is_backfill, window_start)
  where task_id is null and error_code is null;
create index export_schedule_hours_by_task on export_schedule_hours (task_id);
