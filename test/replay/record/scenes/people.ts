import { randomUUID } from "node:crypto";
import type { Client } from "@temporalio/client";
import { eq } from "drizzle-orm";
import { claimConversation, releaseConversation } from "../../../../db/holds.ts";
import { openHumanReply } from "../../../../db/human-replies.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { channelAccounts } from "../../../../db/schema/tenants.ts";
import { turns } from "../../../../db/schema/turns.ts";
import { outcomesOf } from "../../../../db/outcomes.ts";
import { configuredVault } from "../../../../infra/runtime/vault.ts";
import { handoffWorkflowId } from "../../../../workflows/names.ts";
import { conversationOf } from "../../../support/conversation-of.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Scene, several, type Stage } from "../stage.ts";

const OPERATOR = "dana";

/** The wait for a colleague: somebody claims, nobody comes, somebody gives the talk back, and waits that go on. */
export const handoffs: Scene = {
  name: "waits for a colleague",
  async play(stage) {
    const { parley } = stage;
    await waitFor(stage, 8);
    const claimed = await several(3, async () => {
      const asked = await askForPerson(stage);
      return await claimConversation(parley.db, asked.conversationId, OPERATOR);
    });
    if (!claimed.every((claim) => claim.claimed)) throw new Error("A conversation could not be claimed.");
    const timedOut = await several(3, () => askForPerson(stage));
    // What is written meanwhile is kept and not answered.
    const during = await several(3, (i) =>
      parley.sendWebhook({ from: timedOut[i]?.from ?? "", text: "Can I return a bell?" }),
    );
    await stage.ends(during.map(({ id }) => id));
    await several(3, async () => {
      const { conversationId } = await askForPerson(stage);
      await claimConversation(parley.db, conversationId, OPERATOR);
      await releaseConversation(parley.db, conversationId, OPERATOR);
    });
    await pause(10_000);
    await waitFor(stage, 3_600);
    await several(3, () => askForPerson(stage));
    await stage.keepOpenRuns();
  },
};

async function waitFor({ parley }: Stage, handoffTimeoutS: number): Promise<void> {
  await parley.db
    .update(channelAccounts)
    .set({ settings: { handoffTimeoutS } })
    .where(eq(channelAccounts.channel, "webhook"));
}

async function askForPerson({ parley, person, ends }: Stage) {
  const from = person();
  const { id } = await parley.sendWebhook({ from, text: "Agent, please!" });
  await ends([id]);
  const { id: conversationId, pausedAt } = await conversationOf(parley.db, id);
  const workflowId = handoffWorkflowId({ conversationId, since: pausedAt?.toISOString() ?? "" });
  await eventually(`${workflowId} to run`, async () => await isThere(parley.temporal, workflowId));
  return { from, conversationId };
}

async function isThere(temporal: Client | undefined, workflowId: string): Promise<boolean> {
  const seen = temporal?.workflow.getHandle(workflowId).describe();
  return (await seen?.catch(() => null)) != null;
}

/** A colleague's own words: turns that answer no message. */
export const replies: Scene = {
  name: "colleagues' own words",
  async play(stage) {
    const { parley, ends } = stage;
    const vault = configuredVault(parley.config);
    const { PARLEY_TENANT: tenantId } = parley.config;
    const words = ["I have looked: it ships tomorrow.", "word ".repeat(500).trim()];
    const turnIds = await several(8, async (i) => {
      const text = i === 7 ? "STOP" : "Can I return a bell?";
      const id =
        i % 2 === 0
          ? (await parley.sendWebhook({ from: stage.person(), text })).id
          : (await parley.sendSms({ from: stage.phone(), text })).sid;
      await ends([id]);
      const conversationId = (await conversationOf(parley.db, id)).id;
      await claimConversation(parley.db, conversationId, OPERATOR);
      const reply = { tenantId, conversationId, key: randomUUID(), operator: OPERATOR };
      const opened = await openHumanReply(parley.db, vault, {
        ...reply,
        text: words[i % 4 === 1 ? 1 : 0] ?? "",
      });
      return "turnId" in opened ? opened.turnId : "";
    });
    await several(turnIds.length, (i) => turnClosed(stage, turnIds[i] ?? ""));
  },
};

async function turnClosed({ parley }: Stage, turnId: string): Promise<void> {
  await eventually(`the end of ${turnId}`, async () => {
    const [turn] = await parley.db.select().from(turns).where(eq(turns.id, turnId));
    return turn !== undefined && turn.outcome !== null;
  });
}

/** Vendors that take a message and say afterwards that it did not arrive: for a while, for good, because it is not wanted. */
export const lateFailures: Scene = {
  name: "late failures",
  async play(stage) {
    const { parley, phone, ends } = stage;
    const codes = ["30001", "30001", "30001", "30004", "30004", "30003", "30003", "30006"];
    await several(codes.length, async (i) => {
      const from = phone();
      const { sid } = await parley.sendSms({ from, text: "Can I return a bell?" });
      await ends([sid]);
      const part = await partOf(stage, sid);
      const status = { MessageStatus: "failed", SmsStatus: "failed", ErrorCode: codes[i] ?? "", To: from };
      await parley.sendSms({ sid: part.providerId ?? "", from, text: "", fields: status });
      await eventually("its class", async () => (await partOf(stage, sid)).refusal);
    });
  },
};

async function partOf({ parley }: Stage, sid: string) {
  const [outcome] = await outcomesOf(parley.db, [sid]);
  const [part] = await parley.db
    .select()
    .from(deliveries)
    .where(eq(deliveries.turnId, outcome?.turnId ?? ""));
  if (part === undefined) throw new Error(`${sid} was not answered.`);
  return part;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
