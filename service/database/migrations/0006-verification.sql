-- WARN: the operator lets files be written although the role opens without its external id.
alter table outputs add column external_id_enforcement text not null default 'STRICT'
  check (external_id_enforcement in ('STRICT', 'WARN'));
create index outputs_by_role on outputs (lower(role_arn)) where deleted_at is null;
-- what is older than it is kept goes
create index role_accesses_by_time on role_accesses (at);

-- What the probes of a role have shown, under one external id and our principal.
create table role_verdicts (
  role_arn text not null,
  external_id text not null references external_ids (external_id),
  principal_arn text not null,
  organization_id uuid not null references organizations (id),
  -- the one through which the role was probed last
  output_id uuid not null references outputs (id),
  -- the last clear one; INCONCLUSIVE only until the first of those
  verdict text not null check (verdict in ('PASSED', 'FAILED', 'INCONCLUSIVE')),
  since timestamptz not null,
  -- why it is not PASSED; null: it is
  code text,
  message text,
  remedy text,
  -- when it last passed; null: never, or it has failed since
  passed_at timestamptz,
  probed_at timestamptz not null,
  -- of the last probes, null: they were clear
  inconclusive_message text,
  next_probe_at timestamptz not null,
  primary key (role_arn, external_id, principal_arn)
);
create index role_verdicts_by_next_probe on role_verdicts (next_probe_at);
create index role_verdicts_by_output on role_verdicts (organization_id, output_id);

-- Each time a clear verdict differs from the one before.
create table role_verdict_turns (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  role_arn text not null,
  external_id text not null,
  principal_arn text not null,
  at timestamptz not null,
  why text not null,
  verdict text not null check (verdict in ('PASSED', 'FAILED')),
  code text
);
create index role_verdict_turns_by_role on role_verdict_turns
  (organization_id, role_arn, external_id, at desc);

-- Reports of verifications that were asked for.
create table verifications (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  output_id uuid not null references outputs (id),
  role_arn text not null,
  created_at timestamptz not null,
  -- null while it is under way
  report jsonb
);
create index verifications_by_output on verifications (organization_id, output_id, created_at desc);
create index verifications_by_time on verifications (organization_id, created_at);

-- One row to lock while an organization's verifications are counted.
create table verification_gates (
  organization_id uuid primary key references organizations (id),
  locked_at timestamptz not null
);
