-- Exports ask for the rows of one day at a time, and for the first day.
create index mboms_at on mboms (at);
create index alert_transitions_updated on alert_transitions (updated_at);
create index verdicts_observed on verdicts (observed_at);
create index procurement_events_issued on procurement_events (issued_at);
create index lineage_known on bitemporal.lineage (lower(recorded));
create index lineage_before_known on bitemporal.lineage_before (lower(recorded));
