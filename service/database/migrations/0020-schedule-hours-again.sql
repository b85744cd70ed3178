-- its task has ended without all of its files, and is to be retried when its turn comes
alter table export_schedule_hours add column is_asked_again boolean not null default false;
create index export_schedule_hours_asked_again on export_schedule_hours (schedule_id) where is_asked_again;
-- hours before complete_until that are not in the bucket: their samples expired first
alter table export_schedules add column expired_hours integer not null default 0;
-- takes the place of what a task left under its keys that cannot be finished any more
alter table export_schedule_hours add column replaces boolean not null default false;
