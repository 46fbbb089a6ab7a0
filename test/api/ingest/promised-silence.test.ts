import { performance } from "node:perf_hooks";
import { expect, inject, it } from "vitest";
import type { InboundEvent } from "../../../api/channels/channel.ts";
import { asksForSilence, isUrgent } from "../../../api/ingest/asks-for-silence.ts";
import type { IngestEvent } from "../../../api/ingest/ingest-event.ts";
import { createIngestWithWorkflow } from "../../../api/ingest/inlined/ingest-with-workflow.ts";
import { createInlineEvent } from "../../../api/ingest/inlined/inline-event.ts";
import { Problem } from "../../../api/problem.ts";
import { loadConfig } from "../../../infra/runtime/config/config.ts";
import { createConfiguredVault } from "../../../infra/runtime/encryption/vault.ts";
import { TIME_LIMITS_MS } from "../../../workflows/time-limits.ts";
import { sampleAccount } from "../../support/channels/samples.ts";
import { messageOf } from "../../support/ingest/open-drain.ts";

const LOG = { warn: () => undefined };
const account = sampleAccount({ channel: "webhook" });
const newContext = () => ({ receivedAt: new Date(), quietMs: 0 });
const noPostgres: IngestEvent = () => Promise.reject(new Problem("unavailable", "No Postgres."));

/** An ingress without a spool that has lost Postgres. */
function openIngress(starter: Partial<Parameters<typeof createInlineEvent>[0]["starter"]> = {}): IngestEvent {
  const accepting = { startMessage: async () => undefined, awaitStored: async () => true };
  return createIngestWithWorkflow({
    ingestEvent: noPostgres,
    inlineEvent: createInlineEvent({ starter: { ...accepting, ...starter }, log: LOG }),
    vault: createConfiguredVault(loadConfig(inject("sandboxEnv"))),
    toDatabaseTime: (time) => time,
    log: LOG,
  });
}

const change = { from: "c", targetMessageId: "m", text: "", providerTime: null };
const reply = {
  kind: "agent_reply",
  providerMessageId: "a",
  to: "c",
  text: "Hi",
  providerTime: null,
} as const;
const INLINABLE: readonly InboundEvent[] = [
  messageOf("hello"),
  { kind: "edit", changeId: "e", ...change },
  { kind: "delete", changeId: "d", ...change },
  { kind: "consent", from: "c", state: "opted_out", source: "blocked" },
  { kind: "consent", from: "c", state: "opted_in", source: "unblocked" },
  reply,
];

it("without Postgres only a STOP waits for the sends that are on their way", async () => {
  const ingest = openIngress();
  const acknowledged: string[] = [];
  const acknowledge = async (text: string) => {
    expect(await ingest(account, messageOf(text), newContext())).toBe("inlined");
    acknowledged.push(text);
  };
  await Promise.all(["stop", "agent", "start", "yes", "help", "hello"].map(acknowledge));
  expect(acknowledged.at(-1)).toBe("stop");
});

it("a STOP is acknowledged only when every send that passed the gate before it was stored has begun", async () => {
  let storedAt = Infinity;
  const ingest = openIngress({
    awaitStored: async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      storedAt = performance.now();
      return true;
    },
  });
  await ingest(account, messageOf("stop"), newContext());
  // A timer may end a millisecond early.
  expect(performance.now() - storedAt).toBeGreaterThan(TIME_LIMITS_MS.markFresh - 5);
});

it("a STOP that no worker has stored yet is kept and not acknowledged, and the tasks of what is urgent come first", async () => {
  const started: (boolean | undefined)[] = [];
  const ingest = openIngress({
    startMessage: async (start) => void started.push(start.isUrgent),
    awaitStored: async () => false,
  });
  await expect(ingest(account, messageOf("stop"), newContext())).rejects.toMatchObject({
    status: 503,
    code: "not_in_effect",
  });
  const changes = INLINABLE.filter(({ kind }) => kind === "edit" || kind === "delete");
  for (const event of [messageOf("agent"), ...changes, messageOf("hello")])
    expect(await ingest(account, event, newContext())).toBe("inlined");
  expect(started).toEqual([true, true, true, true, false]);
});

it("without a spool Temporal accepts each kind of event that a workflow can carry, and a receipt is delivered again", async () => {
  const started = new Set<string>();
  const ingest = openIngress({ startMessage: async ({ workflowId }) => void started.add(workflowId) });
  const outcomes = await Promise.all(INLINABLE.map((event) => ingest(account, event, newContext())));
  expect(outcomes).toEqual(INLINABLE.map(() => "inlined"));
  expect(started.size).toBe(INLINABLE.length);
  const receipt = { kind: "receipt", providerId: "r", state: "read" } as InboundEvent;
  await expect(ingest(account, receipt, newContext())).rejects.toMatchObject({ status: 503 });
});

it("without a spool, Postgres and Temporal every event is delivered again", async () => {
  const ingest = openIngress({ startMessage: () => Promise.reject(new Error("UNAVAILABLE")) });
  for (const failure of await Promise.allSettled(
    INLINABLE.map((event) => ingest(account, event, newContext())),
  ))
    expect(failure).toMatchObject({ status: "rejected", reason: { status: 503 } });
});

it("silence is the wish of an opt-out and of an agent who replies, and of no other keyword than STOP", () => {
  const texts = ["stop", "agent", "start", "yes", "help", "hello"];
  expect(texts.filter((text) => asksForSilence(messageOf(text), account))).toEqual(["stop"]);
  expect(texts.filter((text) => isUrgent(messageOf(text), account))).toEqual(["stop", "agent"]);
  const consent = { kind: "consent", from: "c", source: "blocked" } as const;
  expect(asksForSilence({ ...consent, state: "opted_out" }, account)).toBe(true);
  expect(asksForSilence({ ...consent, state: "opted_in" }, account)).toBe(false);
  expect(asksForSilence(reply, account)).toBe(true);
});

it("an edit takes effect before its turn, except where it is ignored without its stored message", () => {
  const edit = { kind: "edit", changeId: "e", ...change } as const;
  expect(isUrgent(edit, account)).toBe(true);
  expect(isUrgent({ ...edit, needsStoredMessage: true }, account)).toBe(false);
  expect(isUrgent({ ...edit, kind: "delete", needsStoredMessage: true }, account)).toBe(true);
});
