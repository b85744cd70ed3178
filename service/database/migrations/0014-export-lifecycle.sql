-- Cancelled and retried tasks, what happened to each, and whose turn it is.
alter table export_tasks drop constraint export_tasks_status_check;
alter table export_tasks add constraint export_tasks_status_check
  check (status in ('QUEUED', 'STARTED', 'CANCELLING', 'CANCELLED', 'FINISHED', 'ERROR'));
-- how often a worker has begun to deliver
alter table export_tasks add column attempts integer not null default 0;
update export_tasks set attempts = 1 where started_at is not null;
-- of the output, which never changes them; they bound what goes on at once
alter table export_tasks add column bucket_name text;
alter table export_tasks add column role_arn text;
update export_tasks set bucket_name = outputs.bucket_name, role_arn = outputs.role_arn
  from outputs where outputs.id = export_tasks.output_id;
alter table export_tasks alter column bucket_name set not null;
alter table export_tasks alter column role_arn set not null;

drop index export_tasks_claimable;
create index export_tasks_unfinished on export_tasks (available_at, created_at)
  where status in ('QUEUED', 'STARTED', 'CANCELLING');

-- how often work on the file has come to an end, and what the last failure was
alter table export_files add column attempts integer not null default 0;
alter table export_files add column error_code text;
alter table export_files add column error_message text;
update export_files set attempts = 1 where claimed_at is not null;

-- the newest entries of each task
create table export_log (
  task_id uuid not null references export_tasks (id) on delete cascade,
  position bigint generated always as identity,
  organization_id uuid not null references organizations (id),
  at timestamptz not null,
  event text not null,
  message text not null,
  primary key (task_id, position)
);

-- when a task of the organization was last taken
create table export_turns (
  organization_id uuid primary key references organizations (id),
  claimed_at timestamptz not null
);
