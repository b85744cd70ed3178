-- What was promised about samples; the rows themselves are in ClickHouse.

-- one row: how far all processes together have come
create table sample_progress (
  only_one boolean primary key default true check (only_one),
  -- everything stamped before this is stored
  watermark timestamptz not null,
  -- hours before this are closed
  closed_until timestamptz not null,
  -- the snapshot at which the next hour is being closed; closers agree on it first
  closing_before timestamptz
);

-- one row for each process that inserts samples
create table sample_leases (
  id uuid primary key,
  -- the process never again stamps an insert before this, and all it stamped earlier is stored
  stored_until timestamptz not null,
  expires_at timestamptz not null
);

-- closing an hour writes revision 1, rows that come later make the next; no row: nothing was stored
create table sample_hours (
  license_key text not null,
  hour timestamptz not null,
  revision integer not null,
  -- the rows are those stored before this
  stored_before timestamptz not null,
  row_count bigint not null,
  duplicate_count bigint not null,
  checksum text not null,
  -- when the first of the rows reaches the end of its retention
  expires_at timestamptz not null,
  primary key (license_key, hour, revision)
);

-- hours that got, or may get, rows with times of their own; written before the first of these rows
create table sample_touched_hours (
  id uuid not null,
  license_key text not null,
  hour timestamptz not null,
  lease_id uuid not null,
  -- once everything stamped before this is stored, a revision can be made; null: rows still come
  settle_from timestamptz,
  primary key (id, hour)
);
create index sample_touched_hours_to_settle on sample_touched_hours (settle_from);
