create table organizations (
  id uuid primary key,
  -- null for a root organization; a sub-organization has none of its own
  parent_id uuid references organizations (id),
  name text not null,
  label_color text,
  -- the one organization that the operator's key belongs to
  is_operator boolean not null default false,
  created_at timestamptz not null,
  modified_at timestamptz not null
);
create index organizations_by_parent on organizations (parent_id, created_at, id);
create unique index organizations_one_operator on organizations (is_operator) where is_operator;

create table api_keys (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text not null,
  -- lower-case hex SHA-256 of the key; the key itself is shown once and kept nowhere
  sha256 text not null unique,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index api_keys_by_organization on api_keys (organization_id, created_at, id);
