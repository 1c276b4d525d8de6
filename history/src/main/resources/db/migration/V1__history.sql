-- Documents are kept as json, not jsonb: readers get the contract's order of fields and every digit of a number.
-- seq is the order in which rows became visible: writers take turns (HistorySink), so that a reader who has passed a
-- number never finds a smaller one later.
create sequence history_seq;

create table changes (
  id text primary key,
  seq bigint not null default nextval('history_seq'),
  subject text not null,
  kind text not null,
  source text not null,
  effective_at timestamptz not null,
  observed_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);
create unique index changes_seq on changes (seq);
create index changes_subject on changes (subject, seq);
create index changes_kind on changes (kind, seq);
create index changes_observed on changes (observed_at);
create index changes_correlation on changes (correlation_id);

create table mboms (
  deployment text not null,
  revision bigint not null,
  seq bigint not null default nextval('history_seq'),
  at timestamptz not null,
  removed boolean not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now(),
  primary key (deployment, revision)
);
create index mboms_correlation on mboms (correlation_id);

-- The last record of each alert; seq moves with every record.
create table alerts (
  id text primary key,
  seq bigint not null,
  deployment text not null,
  state text not null,
  verdict text not null,
  severity text not null,
  updated_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);
create unique index alerts_seq on alerts (seq);
create index alerts_deployment on alerts (deployment, seq);
create index alerts_correlation on alerts (correlation_id);

-- Every record of an alert, by where it stands on the topic: a record read again is the same row. The row of the alert
-- has the seq of its last record, so that a list of alerts and the stream of their records share their cursors.
create table alert_transitions (
  partition int not null,
  "offset" bigint not null,
  seq bigint not null default nextval('history_seq'),
  id text not null,
  deployment text not null,
  state text not null,
  verdict text not null,
  severity text not null,
  updated_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now(),
  primary key (partition, "offset")
);
create unique index alert_transitions_seq on alert_transitions (seq);
create index alert_transitions_alert on alert_transitions (id, seq);
create index alert_transitions_correlation on alert_transitions (correlation_id);

-- Every OCSF Detection Finding, by where it stands on the topic, with what it says of its alert.
create table alert_findings (
  partition int not null,
  "offset" bigint not null,
  seq bigint not null default nextval('history_seq'),
  id text not null,
  deployment text not null,
  state text not null,
  verdict text not null,
  severity text not null,
  updated_at timestamptz not null,
  document json not null,
  recorded_at timestamptz not null default now(),
  primary key (partition, "offset")
);
create unique index alert_findings_seq on alert_findings (seq);
create index alert_findings_alert on alert_findings (id, seq);

-- The resolved ancestry of each model, and one row an ancestor to find descendants by.
create table lineage (
  model text primary key,
  known boolean not null,
  document json not null,
  recorded_at timestamptz not null default now()
);
create table lineage_ancestors (
  model text not null references lineage (model) on delete cascade,
  ancestor text not null,
  depth int not null,
  relation text not null,
  primary key (model, ancestor)
);
create index lineage_ancestors_ancestor on lineage_ancestors (ancestor, depth, model);

create table sources (
  source text primary key,
  at timestamptz not null,
  state text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);

create table procurement_events (
  id text primary key,
  seq bigint not null default nextval('history_seq'),
  issued_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);
create unique index procurement_events_seq on procurement_events (seq);
create index procurement_events_correlation on procurement_events (correlation_id);

create table sink_offsets (
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (topic, partition)
);
