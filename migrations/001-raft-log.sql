-- The stable storage of one replica: what it must never forget, its log and its snapshots.
-- Runs in the replica's own schema (search_path); forward only; never edited once released.

-- One row. Every write of the replica updates it and is guarded by `incarnation`: whoever does not
-- hold the newest one writes nothing.
create table replica (
  one boolean primary key default true check (one),
  -- Made with the database; a wiped one has another.
  uuid uuid not null default gen_random_uuid(),
  -- Raised by every connection that writes, before its first statement.
  incarnation bigint not null default 0,
  -- The process that raised it last: it alone may raise it again after a lost connection.
  owner uuid,
  -- Number of operations done. Tells after a lost connection whether the last one was.
  sequence bigint not null default 0,
  -- Raft, figure 2.
  term bigint not null default 0,
  vote bigint not null default 0,
  commit bigint not null default 0,
  -- The entry before the first of the log. Rows of `log` up to it are garbage.
  compacted_index bigint not null default 0,
  compacted_term bigint not null default 0,
  -- 0 until a replica first used this database; then its id for ever.
  replica_id bigint not null default 0,
  cluster_id text,
  initial_voters json,
  latched text,
  peers json not null default '[]'
)
-- Updated by every write: room on the page keeps the updates off the index, and the row small.
with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

insert into replica default values;

create table log (
  index bigint primary key,
  term bigint not null,
  -- 0 command, 1 configuration, 2 noop
  kind smallint not null,
  data bytea not null,
  -- CRC-32C over index, term, kind and data
  crc32c bigint not null
)
-- Filled at one end and cut at the other.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- Compressing on the way of every commit costs more than the space is worth.
alter table log alter column data set storage external;

create table snapshot (
  id bigint generated always as identity primary key,
  index bigint not null,
  term bigint not null,
  -- making: its chunks come in. complete: usable. retired: garbage, deleted a few chunks at a time
  -- once nobody reads it any more.
  state text not null default 'making' check (state in ('making', 'complete', 'retired')),
  configuration json,
  chunks bigint,
  bytes bigint
);

create unique index snapshot_making on snapshot (index, term) where state = 'making';

create table snapshot_chunk (
  snapshot bigint not null references snapshot,
  chunk bigint not null,
  bytes bytea not null,
  -- CRC-32C over index and term of the snapshot, number of the chunk and bytes
  crc32c bigint not null,
  primary key (snapshot, chunk)
);

alter table snapshot_chunk alter column bytes set storage external;
