-- The trigger `deliveries_lists` sets the columns. The indexes that find these rows are dropped by the next migration.
UPDATE deliveries SET updated_at = updated_at WHERE state IN ('intended', 'sending');
--> statement-breakpoint
UPDATE deliveries SET updated_at = updated_at WHERE state IN ('refused', 'unknown') OR receipt = 'failed';
--> statement-breakpoint
UPDATE deliveries SET updated_at = updated_at WHERE state = 'accepted' AND receipt IS DISTINCT FROM 'read';
