-- takes the place of what the task that its own one replaces has left under its key
alter table export_files add column replaces boolean not null default false;
-- the task that delivers its files instead of it; it is never retried
alter table export_tasks add column replaced_by uuid references export_tasks (id);

-- the task that cannot be finished any more, of whose files it takes the place
alter table export_schedule_hours add column replaces_task_id uuid references export_tasks (id);
alter table export_schedule_hours drop column replaces;
