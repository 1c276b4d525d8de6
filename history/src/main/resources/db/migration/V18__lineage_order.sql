-- The ancestries that were known are asked for page by page, in this order, which is the same in every locale.
drop index bitemporal.lineage_known;
drop index bitemporal.lineage_before_known;
create index lineage_known on bitemporal.lineage (lower(recorded), (model collate "C"), lower(valid));
create index lineage_before_known on bitemporal.lineage_before (lower(recorded), (model collate "C"), lower(valid));
-- Without statistics of what is indexed the planner sorts a whole day for each page.
analyze bitemporal.lineage;
analyze bitemporal.lineage_before;
