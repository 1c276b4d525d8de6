-- Facts with two times (docs/history.md): valid, when it was so; recorded, from when until when we took it to be so. Both
-- are half-open. What is believed now stands in bitemporal.X; what was believed before, and is no longer, in
-- bitemporal.X_before, which only grows. A row whose document is null says that there was nothing: the rows of one key
-- leave no gap after the first.
create schema bitemporal;

-- Trusted since PostgreSQL 13: whoever may create in the database may create it. Without it nothing but the sink itself
-- keeps two rows of a key apart.
do $$
begin
  create extension if not exists btree_gist;
exception when others then
  raise warning 'btree_gist cannot be had (%): overlapping rows in the schema bitemporal are not refused', sqlerrm;
end $$;

do $$
declare
  t record;
  gist boolean := exists (select from pg_extension where extname = 'btree_gist');
  alone text;
begin
  for t in select * from (values
      ('deployments', array['deployment']),
      ('components', array['deployment', 'role']),
      ('claims', array['deployment', 'field', 'source']),
      ('models', array['model']),
      ('lineage', array['model']),
      ('procurement', array['id']),
      ('alerts', array['id'])) as v (name, keys)
  loop
    execute format('create table bitemporal.%I (%s, valid tstzrange not null check (not isempty(valid)),'
        ' recorded tstzrange not null check (not isempty(recorded)), document json, cause text)',
      t.name, (select string_agg(format('%I text not null', k), ', ') from unnest(t.keys) k));
    execute format('create table bitemporal.%I (like bitemporal.%I including constraints)', t.name || '_before', t.name);
    alone := (select string_agg(format('%I with =', k), ', ') from unnest(t.keys) k);
    if not gist then
      execute format('create unique index on bitemporal.%I (%s, lower(valid))', t.name, array_to_string(t.keys, ', '));
    elsif current_setting('server_version_num')::int >= 180000 then
      execute format('alter table bitemporal.%I add primary key (%s, valid without overlaps)',
        t.name, array_to_string(t.keys, ', '));
    else
      -- Refuses the same; but no foreign key can refer to it.
      execute format('alter table bitemporal.%I add exclude using gist (%s, valid with &&)', t.name, alone);
    end if;
    if gist then
      execute format('alter table bitemporal.%I add exclude using gist (%s, valid with &&, recorded with &&)',
        t.name || '_before', alone);
    end if;
    execute format('create index on bitemporal.%I (%I)', t.name, t.keys[1]);
    execute format('create index on bitemporal.%I (%I)', t.name || '_before', t.keys[1]);
  end loop;
end $$;
-- The fleet at a moment is asked for without a key.
create index on bitemporal.components using gist (valid);
create index on bitemporal.components_before using gist (recorded, valid);

-- How far the rows of a deployment have come: its last revision, and the last fact of all, a late one among them. What
-- came in before that has the rows made anew.
create table bitemporal.heads (
  deployment text primary key,
  revision bigint not null,
  revised timestamptz not null,
  arrived timestamptz not null,
  late text not null,
  known timestamptz not null
);

-- What the document of a revision does not say: since when each of its changes holds, which change it is, and when the
-- observation behind it came in (the timestamp of the record, here as with changes).
alter table mboms add column effective_at timestamptz;
alter table mboms add column moves json;
alter table mboms add column type text;
alter table mboms add column arrived_at timestamptz;

-- Changes, a partition a month of becoming known (UTC); what lies outside the months that are made lands in changes_other.
alter table changes rename to changes_old;
alter table changes_old rename constraint changes_pkey to changes_old_pkey;
drop index changes_seq, changes_subject, changes_kind, changes_observed, changes_correlation;
create table changes (
  id text not null,
  seq bigint not null default nextval('history_seq'),
  subject text not null,
  kind text not null,
  source text not null,
  effective_at timestamptz not null,
  observed_at timestamptz not null,
  correlation_id text not null,
  document json not null,
  path json not null,
  recorded_at timestamptz not null default now(),
  subject_kind text,
  late boolean,
  arrived_at timestamptz
) partition by range (observed_at);
create table changes_other partition of changes default;
create index changes_seq on changes (seq);
create index changes_subject on changes (subject, seq);
create index changes_kind on changes (kind, seq);
create index changes_observed on changes (observed_at);
create index changes_effective on changes (effective_at);
create index changes_correlation on changes (correlation_id);
create index changes_late on changes (subject) where late;
-- An id is there once, in whatever month: no index of a partitioned table can see to that.
create table change_ids (id text primary key);

-- Makes the partitions of the months in which something becomes known. Months before 2000 or from two months ahead on
-- have none, so that a wrong clock makes no thousands of tables.
create function changes_months(times timestamptz[]) returns void language plpgsql as $$
declare
  month timestamp;
begin
  for month in
    select distinct date_trunc('month', t at time zone 'UTC') from unnest(times) t
     where t >= '2000-01-01T00:00:00Z' and t < now() + interval '2 months'
  loop
    if to_regclass('changes_' || to_char(month, 'YYYY_MM')) is null
       and not exists (select from changes_other where observed_at >= month at time zone 'UTC'
                       and observed_at < (month + interval '1 month') at time zone 'UTC') then
      execute format('create table %I partition of changes for values from (%L) to (%L)',
        'changes_' || to_char(month, 'YYYY_MM'), month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
    end if;
  end loop;
end $$;

select changes_months(array_agg(distinct date_trunc('month', observed_at at time zone 'UTC') at time zone 'UTC'))
  from changes_old;
insert into change_ids select id from changes_old;
insert into changes select * from changes_old;
drop table changes_old;

-- Read again from their beginning, for the tables above; rows that are there stay.
delete from sink_offsets
 where topic like '%.mboms.v1' or topic like '%.lineage.v1' or topic like '%.procurement-events.v1'
    or topic like '%.alerts.v1';
