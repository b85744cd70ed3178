-- Who is told what happened, and every telling: a delivery is stored with the change that it tells of.
create table webhooks (
  id uuid primary key,
  organization_id uuid not null references organizations (id),
  name text,
  url text not null,
  events jsonb not null,
  enabled boolean not null,
  disabled_because text, -- why Sluice switched it off; null: nobody but its owner did
  secret text not null, -- signs, so it must be read back; it leaves this table as a Secret
  old_secret text, -- signs beside the new one until then
  old_secret_until timestamptz,
  created_at timestamptz not null,
  modified_at timestamptz not null,
  unique (id, organization_id)
);

create index webhooks_of_organization on webhooks (organization_id, created_at);

create table webhook_deliveries (
  id uuid primary key, -- the message's id, the same at each attempt
  organization_id uuid not null,
  webhook_id uuid not null,
  event text not null,
  payload text not null, -- the very bytes that are signed
  status text not null check (status in ('PENDING', 'DELIVERED', 'FAILED')),
  created_at timestamptz not null,
  available_at timestamptz not null,
  attempts integer not null default 0, -- all of them
  failures integer not null default 0, -- since it was stored or last replayed
  attempted_at timestamptz,
  delivered_at timestamptz,
  response_code integer,
  problem text,
  lease_id uuid,
  lease_until timestamptz,
  foreign key (webhook_id, organization_id) references webhooks (id, organization_id) on delete cascade
);

create index webhook_deliveries_waiting on webhook_deliveries (available_at) where status = 'PENDING';
create index webhook_deliveries_under_way on webhook_deliveries (organization_id) where lease_id is not null;
create index webhook_deliveries_of_webhook on webhook_deliveries (webhook_id, created_at desc);
create index webhook_deliveries_by_age on webhook_deliveries (created_at);
