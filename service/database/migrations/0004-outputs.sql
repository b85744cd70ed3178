-- Every external id that was ever issued or taken. None is deleted, so none returns.
create table external_ids (
  external_id text primary key,
  organization_id uuid not null references organizations (id),
  mode text not null check (mode in ('CUSTOM', 'GLOBAL', 'GENERATED')),
  issued_at timestamptz not null,
  -- no output uses it any more, and none ever will
  retired_at timestamptz
);
-- Nor one that differs in case only: a trust policy may compare without regard to it.
create unique index external_ids_by_lower_case on external_ids (lower(external_id));
create unique index external_ids_one_global on external_ids (organization_id)
  where mode = 'GLOBAL' and retired_at is null;

create table outputs (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text,
  description text,
  bucket_name text not null,
  role_arn text not null,
  external_id text not null references external_ids (external_id),
  external_id_mode text not null check (external_id_mode in ('CUSTOM', 'GLOBAL', 'GENERATED')),
  md5_meta_tag text,
  -- the SDKs' spelling, EU_WEST_1; null: looked up with the role
  cloud_region text,
  -- ends in /; null: the whole bucket
  path_prefix text,
  -- null: the role's own account
  expected_bucket_owner text,
  kms_key_arn text,
  bucket_owner_full_control boolean not null,
  custom_data jsonb not null default '{}',
  created_at timestamptz not null,
  modified_at timestamptz not null,
  -- the row stays, for what refers to it; to callers it does not exist
  deleted_at timestamptz
);
create index outputs_by_organization on outputs (organization_id, created_at, id)
  where deleted_at is null;
create index outputs_by_external_id on outputs (external_id) where deleted_at is null;

-- Every use of a customer's role, as they can find it in their CloudTrail.
create table role_accesses (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  output_id uuid not null references outputs (id),
  task_id uuid,
  at timestamptz not null,
  why text not null,
  action text not null,
  session_name text not null,
  -- null for probes: the sessions that they ask for must not exist
  access_key_id text,
  object_key text,
  sts_request_ids jsonb not null,
  s3_request_ids jsonb not null,
  -- OK, or the code of the error that it ended with
  outcome text not null
);
create index role_accesses_by_output on role_accesses (organization_id, output_id, at desc, id);
