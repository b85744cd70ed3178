-- hours of ad samples are closed beside those of playback, in the words of an export task's type
alter table sample_hours add column type text not null default 'SESSIONS' check (type in ('SESSIONS', 'ADS'));
alter table sample_hours drop constraint sample_hours_pkey;
alter table sample_hours add primary key (license_key, type, hour, revision);
