-- The newest bill of each deployment, for whoever counts deployments by who owns them.
create table deployments (
  deployment text primary key,
  revision bigint not null,
  vendor text,
  owner text,
  removed boolean not null
);
create index deployments_vendor on deployments (vendor);
insert into deployments
  select distinct on (deployment) deployment, revision, document->>'vendor', document->>'owner', removed
    from mboms order by deployment, revision desc;

-- The best that was ever said of a change: what was approved while it held stays so in a report, though the approval
-- has ended since. Of changes that were recorded before, the last that was said is all that is known.
alter table verdicts add column best text;
alter table verdicts add column best_by text;
update verdicts set best = verdict, best_by = document->>'by';
alter table verdicts alter column best set not null;
create index verdicts_effective on verdicts (effective_at);
create index verdicts_by on verdicts ((document->>'by')) where live;

create index procurement_events_deployment on procurement_events ((document #>> '{subject,deployment}'));
create index procurement_events_revokes on procurement_events ((document->>'revokes'));
