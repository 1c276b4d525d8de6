-- What was recorded of a deployment, chained and sealed (ADR 15). A chain is the revisions of one MBOM (stream mboms) or
-- what one partition says of a deployment's alerts (stream alerts/<partition>); item is the revision, or the offset.
-- Chains have a short key, for an index does not hold every deployment's name.
create table ledger (
  chain bytea not null,
  n bigint not null,
  deployment text not null,
  stream text not null,
  item bigint not null,
  digest bytea not null,
  hash bytea not null,
  primary key (chain, n)
);
create unique index ledger_item on ledger (chain, item);
create index ledger_deployment on ledger using hash (deployment);

-- One seal a transaction that made entries: the new head of each chain that moved, upon the seal before, signed.
create table ledger_seals (
  n bigint primary key,
  at timestamptz not null,
  heads json not null,
  key text not null,
  hash bytea not null,
  signature bytea not null
);
