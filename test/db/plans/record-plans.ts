import { connectPostgres, type Database } from "../../../db/connection/postgres.ts";
import { z } from "zod";

/** A node of a plan that was executed, as EXPLAIN shows it. */
export interface PlanNode {
  type: string;
  table: string | null;
  index: string | null;
  /** Of a ModifyTable: "Update", "Delete" or "Insert". */
  operation: string | null;
  /** The node above works on its rows. Other children are common table expressions and subqueries. */
  isInput: boolean;
  /** The rows of all loops, and those that a filter removed. */
  rows: number;
  removed: number;
  loops: number;
  children: PlanNode[];
}

export interface RecordedPlan {
  statement: string;
  root: PlanNode;
}

const stored = z.looseObject({
  "Node Type": z.string(),
  "Relation Name": z.string().optional(),
  "Index Name": z.string().optional(),
  Operation: z.string().optional(),
  "Parent Relationship": z.string().optional(),
  "Actual Rows": z.number().default(0),
  "Actual Loops": z.number().default(0),
  "Rows Removed by Filter": z.number().default(0),
  "Rows Removed by Index Recheck": z.number().default(0),
  get Plans() {
    return z.array(stored).default([]);
  },
});
const report = z.object({ "Query Text": z.string(), Plan: stored });

const SETTINGS = [
  "auto_explain.log_min_duration = 0",
  "auto_explain.log_analyze = on",
  "auto_explain.log_timing = off",
  "auto_explain.log_nested_statements = on",
  "auto_explain.log_format = json",
  "auto_explain.log_level = notice",
];
const LOAD = ["LOAD 'auto_explain'", ...SETTINGS.map((setting) => `SET ${setting}`)].join("; ");

/** Kept plans are the ones that PostgreSQL has after the fifth use at the latest. */
export type PlanKind = keyof typeof PLAN_KINDS;
const PLAN_KINDS = {
  each_time: "SET plan_cache_mode = force_custom_plan; SET enable_seqscan = on",
  kept: "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off",
};

/** A connection that returns the plan of each statement that it executes, also of those inside functions and triggers. */
export function openRecorder(url: string): {
  db: Database;
  record(work: () => Promise<unknown>, kind?: PlanKind): Promise<RecordedPlan[]>;
} {
  const options = { maxConnections: 2, applicationName: "test", statementTimeoutMs: 60_000 };
  const db = connectPostgres({ url, ...options, onError: () => undefined });
  let plans: RecordedPlan[] = [];
  let planKind: PlanKind = "each_time";
  // One statement before that of the work: pg warns where more than one waits.
  db.$client.on("acquire", (client) => void client.query(`${LOAD}; ${PLAN_KINDS[planKind]}`));
  db.$client.on("connect", (client) => {
    client.on("notice", ({ message }) => {
      const json = /plan:\n(\{.*\})$/s.exec(message ?? "")?.[1];
      if (json === undefined) return;
      const { "Query Text": statement, Plan: root } = report.parse(JSON.parse(json));
      plans.push({ statement: statement.replace(/\s+/g, " ").trim(), root: toNode(root) });
    });
  });
  return {
    db,
    async record(work, kind = "each_time") {
      plans = [];
      planKind = kind;
      await work();
      return plans;
    },
  };
}

function toNode(node: z.infer<typeof stored>): PlanNode {
  const loops = node["Actual Loops"];
  const removed = node["Rows Removed by Filter"] + node["Rows Removed by Index Recheck"];
  return {
    type: node["Node Type"],
    table: node["Relation Name"] ?? null,
    index: node["Index Name"] ?? null,
    operation: node.Operation ?? null,
    isInput: node["Parent Relationship"] === "Outer",
    rows: Math.round(node["Actual Rows"] * loops),
    removed: Math.round(removed * loops),
    loops,
    children: node.Plans.map(toNode),
  };
}
