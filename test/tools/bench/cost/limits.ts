import type { StatementCount } from "./count-statements.ts";

type Limit = Pick<StatementCount, "statements" | "synced_commits">;

/** The goal of the project for one message, from the request to the end of its workflow. */
export const GOAL: Limit = { statements: 30, synced_commits: 5 };

/** What a message may cost at most. Each figure is the current one: a change that saves statements lowers it. */
export const LIMITS: Readonly<Record<"new_contact" | "known_contact", Limit>> = {
  new_contact: { statements: 22, synced_commits: 5 },
  known_contact: { statements: 23, synced_commits: 5 },
};
