-- when a message of the organization was last taken
create table webhook_turns (
  organization_id uuid primary key references organizations (id),
  claimed_at timestamptz not null
);

-- each webhook's, one after the other; of what is due alone nobody asks
drop index webhook_deliveries_waiting;
create index webhook_deliveries_due on webhook_deliveries (webhook_id, available_at) where status = 'PENDING';
