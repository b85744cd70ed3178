-- when it was last asked which of its hours have other samples than were delivered
alter table export_schedules add column revisions_read_at timestamptz;
