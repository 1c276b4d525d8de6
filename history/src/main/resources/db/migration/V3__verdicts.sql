-- What was last said of each provenance change; seq moves with every record. Keyed by deployment and change: one change
-- of a model is a provenance change of every deployment that runs it.
create table verdicts (
  id text primary key,
  seq bigint not null default nextval('history_seq'),
  deployment text not null,
  change_id text not null,
  kind text not null,
  field text not null,
  verdict text not null,
  live boolean not null,
  alert text,
  effective_at timestamptz not null,
  observed_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);
create unique index verdicts_seq on verdicts (seq);
create index verdicts_deployment on verdicts (deployment, seq);
create index verdicts_alert on verdicts (alert);
create index verdicts_correlation on verdicts (correlation_id);
