alter table licenses add column industry text;
alter table licenses add column sub_industry text;
-- { "customData1": text, … }
alter table licenses add column custom_data_field_labels jsonb not null default '{}';

-- several licenses under one id, which is its key
create table virtual_licenses (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null,
  time_zone text not null,
  custom_data_field_labels jsonb not null default '{}',
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create index virtual_licenses_by_organization on virtual_licenses (organization_id, created_at, id);

create table virtual_license_members (
  virtual_license_id uuid not null references virtual_licenses (id) on delete cascade,
  position integer not null,
  organization_id uuid not null references organizations (id),
  license_id uuid not null references licenses (id),
  primary key (virtual_license_id, position)
);

-- A task keeps the licenses that its virtual license had when it was created: its bytes follow from it alone.
alter table export_tasks add column license_keys jsonb;
update export_tasks set license_keys = jsonb_build_array(license_key);
alter table export_tasks alter column license_keys set not null;

-- What is pinned of an hour stands there for each license.
update export_files set pinned = jsonb_build_object(
  'start', pinned -> 'start',
  'end', pinned -> 'end',
  'licenses', jsonb_build_array(
    (pinned - 'start' - 'end') ||
    jsonb_build_object('licenseKey', (select license_key from export_tasks where id = task_id))
  )
) where pinned is not null;
