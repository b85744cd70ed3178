-- in the midst of an attempt it gave its lane to another organization's task
alter table export_tasks add column gave_way boolean not null default false;
-- when a task of the organization or of one below it was last taken; of roots alone
alter table export_turns add column root_claimed_at timestamptz;
alter table export_turns alter column claimed_at drop not null;
