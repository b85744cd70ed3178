-- Who carries out export tasks. Each says every few seconds that it is there, and takes its row away at its end.
create table workers (
  id uuid primary key,
  host text not null,
  process_id integer not null,
  -- tasks at once
  concurrency integer not null,
  started_at timestamptz not null,
  seen_at timestamptz not null
);

-- whose claim it is, or was
alter table export_tasks add column worker_id uuid;

-- how the last task of an output has ended
create index export_tasks_by_end on export_tasks (organization_id, output_id, finished_at desc)
  where status in ('FINISHED', 'ERROR');
