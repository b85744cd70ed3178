alter table export_tasks add column compression text;
update export_tasks set compression = case file_format when 'PARQUET' then 'ZSTD' else 'NONE' end;
alter table export_tasks alter column compression set not null;
alter table export_tasks add column layout text not null default 'FLAT';
-- a later revision of an hour is a file of its own, with the next number
alter table export_tasks add column file_number integer not null default 1;
