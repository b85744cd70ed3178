-- when somebody last asked for the task again; null: never
alter table export_tasks add column retried_at timestamptz;
