-- The stream of MBOM revisions goes by seq.
create unique index mboms_seq on mboms (seq);
