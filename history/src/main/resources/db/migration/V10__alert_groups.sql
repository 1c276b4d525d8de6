-- The newest record of each group of alerts: alerts of one cause, as one with its blast radius.
create table alert_groups (
  id text primary key,
  seq bigint not null default nextval('history_seq'),
  state text not null,
  severity text not null,
  verdict text not null,
  alerts int not null,
  updated_at timestamptz not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now()
);
create unique index alert_groups_seq on alert_groups (seq);

create index alerts_group on alerts ((document->>'group'), seq) where document->>'group' is not null;
