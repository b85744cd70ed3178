-- The tasks of an output, and those whose window touches some months.
create index export_tasks_by_output on export_tasks (organization_id, output_id, start_time);

-- The steps of a verification that have ended, while it is under way; null: none has.
alter table verifications add column progress jsonb;
