-- a revision that has fewer rows than the one before it, since those of a person were deleted
alter table sample_hours add column purged boolean not null default false;
alter table sample_touched_hours add column purge boolean not null default false;

create table privacy_deletions (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  type text not null check (type in ('USER_ID', 'CUSTOM_USER_ID', 'IMPRESSION_ID')),
  -- of `<id of this row> <id of the person>`: who knows both can tell, and nobody else
  subject_sha256 text not null,
  -- of a license or a virtual license; null: all of the organization's
  license_key uuid,
  reference text,
  status text not null check (status in ('STARTED', 'FINISHED')),
  created_at timestamptz not null,
  finished_at timestamptz,
  sample_count bigint not null default 0,
  ad_count bigint not null default 0,
  error_detail_count bigint not null default 0
);
create index privacy_deletions_by_organization on privacy_deletions (organization_id, created_at desc, id);

-- where the person's rows were, so that files made of them are found
create table privacy_deletion_hours (
  deletion_id uuid not null references privacy_deletions (id),
  organization_id uuid not null references organizations (id),
  license_key uuid not null,
  type text not null check (type in ('SESSIONS', 'ADS')),
  hour timestamptz not null,
  first_time timestamptz not null,
  last_time timestamptz not null,
  -- a file of an earlier snapshot has none of the rows
  stored_from timestamptz not null,
  -- neither has one of a snapshot from here on; null: they are still being deleted
  deleted_before timestamptz,
  primary key (deletion_id, license_key, type, hour, stored_from)
);
