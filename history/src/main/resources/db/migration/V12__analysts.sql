-- What analysts may build on: views and functions of this schema change only as docs/history.md says, whatever becomes
-- of the tables below them. known_at is 'infinity' where all that is known by now counts: a belief that still holds has
-- no end.
create schema modelwatch;
comment on schema modelwatch is 'stable views and functions of modelwatch; see docs/history.md';

create view modelwatch.changes as
  select id, subject, lower(subject_kind) as subject_kind, kind, document->>'field' as field,
         document->'before' as before, document->'after' as after, source, effective_at, observed_at,
         coalesce(late, false) as late, correlation_id, document->'evidence' as evidence
    from public.changes;
comment on view modelwatch.changes is 'every change that was recorded, one a field';

create view modelwatch.mbom_revisions as
  select deployment, revision, at, effective_at, removed, document->>'cause' as cause, document->'changed' as changed,
         correlation_id, document
    from public.mboms;
comment on view modelwatch.mbom_revisions is 'every revision of every bill, as it was written';

create view modelwatch.deployments as
  select deployment, document->>'type' as type, document->>'vendor' as vendor, document->>'owner' as owner,
         document->'hosting' as hosting, cause, valid, recorded
    from (select * from bitemporal.deployments union all select * from bitemporal.deployments_before) f
   where document is not null;
comment on view modelwatch.deployments is 'bitemporal: what is known of each deployment itself';

create view modelwatch.components as
  select deployment, role, document->>'model' as model, document->>'revision' as revision,
         document->>'requested' as requested, document->>'served' as served, document->>'license' as license,
         document->'datasets' as datasets, document->'origins' as origins, (document->>'since')::timestamptz as since,
         cause, valid, recorded
    from (select * from bitemporal.components union all select * from bitemporal.components_before) f
   where document is not null;
comment on view modelwatch.components is 'bitemporal: which model runs in which role of which deployment';

create view modelwatch.mbom_claims as
  select deployment, field, source, document->'value' as value, document->>'confidence' as confidence,
         (document->>'rank')::int as rank, (document->>'observedAt')::timestamptz as observed_at,
         document->'evidence' as evidence, cause, valid, recorded
    from (select * from bitemporal.claims union all select * from bitemporal.claims_before) f
   where document is not null;
comment on view modelwatch.mbom_claims is 'bitemporal: every claim of every bill; rank 0 takes precedence';

create view modelwatch.models as
  select model, document->>'license' as license, document->'datasets' as datasets, document->>'ownerId' as owner_id,
         document->'parents' as parents, document->>'confidence' as confidence, cause, valid, recorded
    from (select * from bitemporal.models union all select * from bitemporal.models_before) f
   where document is not null;
comment on view modelwatch.models is 'bitemporal: what is known of each model itself';

create view modelwatch.lineage as
  select model, document->'ancestry' as ancestry, document->'origins' as origins,
         coalesce((document->>'truncated')::boolean, false) as truncated, cause, valid, recorded
    from (select * from bitemporal.lineage union all select * from bitemporal.lineage_before) f
   where document is not null;
comment on view modelwatch.lineage is 'bitemporal: the resolved ancestry of each model';

create view modelwatch.procurement_events as
  select id, document->>'type' as type, (document->>'issuedAt')::timestamptz as issued_at,
         document->'subject' as subject, document->'allows' as allows,
         coalesce((document->>'once')::boolean, false) as once, document->>'approver' as approver,
         document->>'reference' as reference, document->>'revokes' as revokes, valid, recorded
    from (select * from bitemporal.procurement union all select * from bitemporal.procurement_before) f
   where document is not null;
comment on view modelwatch.procurement_events is 'bitemporal: approvals and the like; valid is their own term';

create view modelwatch.alerts as
  select id, document->>'deployment' as deployment, document->>'state' as state, document->>'verdict' as verdict,
         document->>'severity' as severity, (document->>'disclosed')::boolean as disclosed, cause, valid, recorded
    from (select * from bitemporal.alerts union all select * from bitemporal.alerts_before) f
   where document is not null;
comment on view modelwatch.alerts is 'bitemporal: the state of each alert';

create function modelwatch.mbom_as_of(deployment text, at timestamptz, known_at timestamptz default 'infinity')
returns setof modelwatch.mbom_claims language sql stable parallel safe as $$
  select * from modelwatch.mbom_claims c
   where c.deployment = mbom_as_of.deployment and c.valid @> mbom_as_of.at and c.recorded @> mbom_as_of.known_at
   order by c.field, c.rank, c.source
$$;
comment on function modelwatch.mbom_as_of is 'the claims that held at a moment, by what was known at another';

create function modelwatch.fleet_as_of(at timestamptz, known_at timestamptz default 'infinity')
returns table (deployment text, role text, model text, revision text, license text, origins json, since timestamptz,
               type text, vendor text, owner text, hosting json)
language sql stable parallel safe as $$
  select c.deployment, c.role, c.model, c.revision, c.license, c.origins, c.since, d.type, d.vendor, d.owner, d.hosting
    from modelwatch.components c
    left join modelwatch.deployments d
      on d.deployment = c.deployment and d.valid @> fleet_as_of.at and d.recorded @> fleet_as_of.known_at
   where c.valid @> fleet_as_of.at and c.recorded @> fleet_as_of.known_at
$$;
comment on function modelwatch.fleet_as_of is 'every model that ran at a moment, by what was known at another';

create function modelwatch.lineage_as_of(model text, at timestamptz, known_at timestamptz default 'infinity')
returns table (ancestor text, depth int, relation text, confidence text, known boolean, removed boolean)
language sql stable parallel safe as $$
  select a->>'id', (a->>'depth')::int, a->>'relation', a->>'confidence', (a->>'known')::boolean,
         (a->>'removed')::boolean
    from modelwatch.lineage l cross join lateral json_array_elements(l.ancestry) a
   where l.model = lineage_as_of.model and l.valid @> lineage_as_of.at and l.recorded @> lineage_as_of.known_at
   order by 2, 1
$$;
comment on function modelwatch.lineage_as_of is 'the ancestors that a model had at a moment, nearest first';

create function modelwatch.changes_between(since timestamptz, until timestamptz, known_at timestamptz default 'infinity')
returns setof modelwatch.changes language sql stable parallel safe as $$
  select * from modelwatch.changes c
   where c.effective_at >= changes_between.since and c.effective_at < changes_between.until
     and c.observed_at <= changes_between.known_at
   order by c.effective_at, c.id
$$;
comment on function modelwatch.changes_between is 'changes that took effect from since until before until';
