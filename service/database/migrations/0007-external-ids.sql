-- An id belongs to one organization, and whatever refers to it must be of that organization and know its mode.
alter table external_ids add unique (organization_id, external_id);
alter table external_ids add unique (organization_id, external_id, mode);
alter table outputs drop constraint outputs_external_id_fkey;
alter table outputs add foreign key (organization_id, external_id, external_id_mode)
  references external_ids (organization_id, external_id, mode);
alter table outputs add unique (organization_id, id);
-- A GENERATED id serves one output, also after that one is deleted.
create unique index outputs_one_per_generated_id on outputs (external_id)
  where external_id_mode = 'GENERATED';

-- Ids that are handed out before there is an output.
alter table external_ids add column handed_out_at timestamptz;
alter table external_ids add column name text;
alter table external_ids add column description text;
-- the one output that took the id
alter table external_ids add column output_id uuid;
alter table external_ids add foreign key (organization_id, output_id)
  references outputs (organization_id, id) deferrable initially deferred;
alter table external_ids add check (
  handed_out_at is not null or (name is null and description is null and output_id is null));
alter table external_ids add check (handed_out_at is null or mode = 'GENERATED');
create index external_ids_handed_out on external_ids (organization_id, handed_out_at, external_id)
  where handed_out_at is not null and retired_at is null;

-- One row per organization: whoever reads its GLOBAL id for a new output, moves it, or hands out ids, holds it.
create table organization_external_ids (
  organization_id uuid primary key references organizations (id),
  -- null before the first output with GLOBAL
  global_external_id text,
  foreign key (organization_id, global_external_id) references external_ids (organization_id, external_id)
);
insert into organization_external_ids (organization_id, global_external_id)
  select organization_id, external_id from external_ids where mode = 'GLOBAL' and retired_at is null;
-- A rotation has two of them at a time.
drop index external_ids_one_global;

-- One row per rotation, kept after its end.
create table external_id_rotations (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  -- null: the organization's GLOBAL id rotates, for all its outputs together
  output_id uuid,
  step text not null check (step in ('NEXT_ISSUED', 'PROMOTED', 'RETIRED', 'CANCELLED')),
  old_external_id text not null,
  next_external_id text not null unique,
  started_at timestamptz not null,
  promoted_at timestamptz,
  ended_at timestamptz,
  foreign key (organization_id, output_id) references outputs (organization_id, id),
  foreign key (organization_id, old_external_id) references external_ids (organization_id, external_id),
  foreign key (organization_id, next_external_id) references external_ids (organization_id, external_id),
  check (old_external_id <> next_external_id),
  check ((step in ('RETIRED', 'CANCELLED')) = (ended_at is not null)),
  check (step not in ('PROMOTED', 'RETIRED') or promoted_at is not null)
);
create unique index external_id_rotations_one_per_output on external_id_rotations (output_id)
  where ended_at is null;
create unique index external_id_rotations_one_global on external_id_rotations (organization_id)
  where ended_at is null and output_id is null;
create index external_id_rotations_by_organization
  on external_id_rotations (organization_id, output_id, ended_at);
