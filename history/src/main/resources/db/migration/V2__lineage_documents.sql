-- Which models the newest MBOM of each deployment names: leads from an ancestor to the deployments below it.
create table deployment_models (
  deployment text not null,
  model text not null,
  role text not null,
  primary key (deployment, model, role)
);
create index deployment_models_model on deployment_models (model);

-- Documents of lineage now hold all that a record says. The topics are compacted, so what was written before is read
-- again from their beginning; rows of MBOMs that are there already stay as they are.
delete from lineage;
delete from sink_offsets where topic like '%.lineage.v1' or topic like '%.mboms.v1';
