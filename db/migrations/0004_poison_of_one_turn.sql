CREATE TABLE "step_failures" (
	"step" text NOT NULL,
	"workflow_id" text NOT NULL,
	"build" text NOT NULL,
	"failures" integer NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "step_failures_step_workflow_id_pk" PRIMARY KEY("step","workflow_id")
);
--> statement-breakpoint
ALTER TABLE "inbox" ADD COLUMN "replays" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "replays" smallint DEFAULT 0 NOT NULL;