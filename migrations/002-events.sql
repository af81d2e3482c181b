-- What the state machine did, to be read by people: a projection of the log that outlives its
-- compaction. Derived data: every replica makes the same rows from the same entries.

create table event (
  -- Position in the Raft log: the entry, and the how-manieth event of that entry.
  index bigint not null,
  position bigint not null,
  -- Position in this table, without gaps, so that retention by rows needs no count.
  ordinal bigint not null,
  namespace text,
  generation bigint,
  kind text not null,
  member text,
  reason text,
  -- Wall-clock milliseconds of the proposer.
  at_ms bigint not null,
  detail json,
  primary key (index, position)
);

create unique index event_ordinal on event (ordinal);
create index event_generation on event (namespace, generation, index, position);
create index event_member on event (namespace, member, index, position);
create index event_time on event (at_ms);
create index event_gap on event (index, position) where kind = 'gap';

-- One row: how far the log has been projected, and what retention has deleted.
create table projection (
  one boolean primary key default true check (one),
  -- Raft index up to which events are in the table.
  projected bigint not null default 0,
  -- Ordinal of the newest event ever written; 0 for none.
  ordinal bigint not null default 0,
  -- The newest event that retention deleted; null for none.
  dropped_index bigint,
  dropped_position bigint
);

insert into projection default values;
