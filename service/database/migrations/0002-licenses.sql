create table licenses (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  license_key uuid not null unique,
  name text not null,
  time_zone text not null,
  retention_days integer not null check (retention_days > 0),
  ignore_dnt boolean not null default false,
  -- [{ "id": uuid, "url": text }]; empty: players on any domain
  domains jsonb not null default '[]',
  custom_data jsonb not null default '{}',
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create index licenses_by_organization on licenses (organization_id, created_at, id);
