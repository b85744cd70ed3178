-- windows that end at it or before have been told, if they turned late
alter table export_schedules add column late_told_until timestamptz;
