-- One row per change; observed_at and id are the key by which lists are paged.
create table changes (
  id text primary key,
  subject text not null,
  kind text not null,
  effective_at timestamptz not null,
  observed_at timestamptz not null,
  correlation_id text not null,
  document jsonb not null,
  path jsonb not null,
  recorded_at timestamptz not null default now()
);
create index changes_paging on changes (observed_at, id);
create index changes_subject on changes (subject, observed_at, id);
create index changes_correlation on changes (correlation_id);

create table mboms (
  deployment text not null,
  revision bigint not null,
  at timestamptz not null,
  correlation_id text not null,
  document jsonb not null,
  path jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (deployment, revision)
);
create index mboms_correlation on mboms (correlation_id);

create table alerts (
  id text primary key,
  deployment text not null,
  state text not null,
  verdict text not null,
  severity text not null,
  updated_at timestamptz not null,
  correlation_id text not null,
  document jsonb not null,
  path jsonb not null,
  recorded_at timestamptz not null default now()
);
create index alerts_paging on alerts (updated_at, id);
create index alerts_correlation on alerts (correlation_id);

-- Every record of an alert, by where it stands on the topic: a record read again is the same row.
create table alert_transitions (
  partition int not null,
  "offset" bigint not null,
  id text not null,
  state text not null,
  verdict text not null,
  updated_at timestamptz not null,
  correlation_id text not null,
  document jsonb not null,
  path jsonb not null,
  recorded_at timestamptz not null default now(),
  primary key (partition, "offset")
);
create index alert_transitions_alert on alert_transitions (id, "offset");

create table sources (
  source text primary key,
  at timestamptz not null,
  document jsonb not null,
  path jsonb not null,
  recorded_at timestamptz not null default now()
);

create table procurement_events (
  id text primary key,
  issued_at timestamptz not null,
  correlation_id text not null,
  document jsonb not null,
  path jsonb not null,
  recorded_at timestamptz not null default now()
);
create index procurement_events_correlation on procurement_events (correlation_id);

create table sink_offsets (
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (topic, partition)
);
