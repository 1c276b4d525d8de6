-- What vendors announced; one of the same id that was observed later takes its place.
create table disclosures (
  id text primary key,
  seq bigint not null default nextval('history_seq'),
  vendor text not null,
  announced_at timestamptz not null,
  observed_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);
create unique index disclosures_seq on disclosures (seq);
create index disclosures_vendor on disclosures (vendor, announced_at);
create index disclosures_correlation on disclosures (correlation_id);
