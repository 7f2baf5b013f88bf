-- Links to the parts of every table as they are now, below shadow/backup. What is computed comes before what it is computed
-- from, and how far that is before all: of what arrives meanwhile there may be spans without numbers, which the next start
-- computes, never numbers without spans.
ALTER TABLE rollup_progress FREEZE WITH NAME 'backup';
ALTER TABLE sessions FREEZE WITH NAME 'backup';
ALTER TABLE session_keys FREEZE WITH NAME 'backup';
ALTER TABLE traces FREEZE WITH NAME 'backup';
ALTER TABLE turn_texts FREEZE WITH NAME 'backup';
ALTER TABLE loose_traces FREEZE WITH NAME 'backup';
ALTER TABLE trace_keys FREEZE WITH NAME 'backup';
ALTER TABLE refusals FREEZE WITH NAME 'backup';
ALTER TABLE client_drops FREEZE WITH NAME 'backup';
ALTER TABLE spans FREEZE WITH NAME 'backup';
ALTER TABLE span_parts FREEZE WITH NAME 'backup';
ALTER TABLE scores FREEZE WITH NAME 'backup';
ALTER TABLE comments FREEZE WITH NAME 'backup';
ALTER TABLE session_facts FREEZE WITH NAME 'backup';
ALTER TABLE erasures FREEZE WITH NAME 'backup';
ALTER TABLE erased_stretches FREEZE WITH NAME 'backup';
ALTER TABLE erasure_receipts FREEZE WITH NAME 'backup';
