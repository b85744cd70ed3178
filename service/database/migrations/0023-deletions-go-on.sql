-- what carries a deletion to its end, whoever begins again; null when it is FINISHED
alter table privacy_deletions add column subject text;
alter table privacy_deletions add column license_keys jsonb;
-- rows that are recorded and may not be gone yet: { licenseKey, rows }
alter table privacy_deletions add column pending jsonb;
alter table privacy_deletions add column lease_id uuid;
alter table privacy_deletions add column lease_until timestamptz;
create index privacy_deletions_unfinished on privacy_deletions (created_at) where status = 'STARTED';
