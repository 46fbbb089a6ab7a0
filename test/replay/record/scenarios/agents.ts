import { randomUUID } from "node:crypto";
import type { Client } from "@temporalio/client";
import { eq } from "drizzle-orm";
import { takeOverConversation, handBackConversation } from "../../../../db/conversations/takeover.ts";
import { openAgentReply } from "../../../../db/turns/agent-replies.ts";
import { deliveries } from "../../../../db/schema/deliveries.ts";
import { channelAccounts } from "../../../../db/schema/tenants.ts";
import { turns } from "../../../../db/schema/turns.ts";
import { findMessageOutcomes } from "../../../../db/inbound/message-outcomes.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { handoffWorkflowId } from "../../../../workflows/names.ts";
import { findConversationOf } from "../../../support/find-conversation.ts";
import { eventually } from "../../../support/eventually.ts";
import { type Scenario, runTimes, type ScenarioContext } from "../scenario.ts";

const AGENT = "dana";

/** Handoffs to an agent: taken over, timed out, handed back, and still waiting. */
export const agentHandoffs: Scenario = {
  name: "waits for an agent",
  async run(context) {
    const { parley } = context;
    await setHandoffTimeout(context, 8);
    const takeovers = await runTimes(3, async () => {
      const asked = await askForAgent(context);
      return await takeOverConversation(parley.db, asked.conversationId, AGENT);
    });
    if (!takeovers.every((takeover) => takeover.takenOver))
      throw new Error("A conversation could not be taken over.");
    const timedOut = await runTimes(3, () => askForAgent(context));
    // Messages during the wait are stored and not answered.
    const during = await runTimes(3, (i) =>
      parley.sendWebhook({ from: timedOut[i]?.from ?? "", text: "Can I return a pump?" }),
    );
    await context.awaitEnds(during.map(({ id }) => id));
    await runTimes(3, async () => {
      const { conversationId } = await askForAgent(context);
      await takeOverConversation(parley.db, conversationId, AGENT);
      await handBackConversation(parley.db, conversationId, AGENT);
    });
    await pause(10_000);
    await setHandoffTimeout(context, 3_600);
    await runTimes(3, () => askForAgent(context));
    await context.keepOpenRuns();
  },
};

async function setHandoffTimeout({ parley }: ScenarioContext, handoffTimeoutS: number): Promise<void> {
  await parley.db
    .update(channelAccounts)
    .set({ settings: { handoffTimeoutS } })
    .where(eq(channelAccounts.channel, "webhook"));
}

async function askForAgent({ parley, newContact, awaitEnds }: ScenarioContext) {
  const from = newContact();
  const { id } = await parley.sendWebhook({ from, text: "Agent, please!" });
  await awaitEnds([id]);
  const { id: conversationId, pausedAt } = await findConversationOf(parley.db, id);
  const workflowId = handoffWorkflowId({ conversationId, since: pausedAt?.toISOString() ?? "" });
  await eventually(`${workflowId} to run`, async () => await workflowExists(parley.temporal, workflowId));
  return { from, conversationId };
}

async function workflowExists(temporal: Client | undefined, workflowId: string): Promise<boolean> {
  const described = temporal?.workflow.getHandle(workflowId).describe();
  return (await described?.catch(() => null)) != null;
}

/** Replies of agents: turns that answer no message. */
export const agentReplies: Scenario = {
  name: "replies of agents",
  async run(context) {
    const { parley, awaitEnds } = context;
    const vault = createConfiguredVault(parley.config);
    const { PARLEY_TENANT: tenantId } = parley.config;
    const words = ["I have looked: it ships tomorrow.", "word ".repeat(500).trim()];
    const turnIds = await runTimes(8, async (i) => {
      const text = i === 7 ? "STOP" : "Can I return a pump?";
      const id =
        i % 2 === 0
          ? (await parley.sendWebhook({ from: context.newContact(), text })).id
          : (await parley.sendSms({ from: context.newPhoneNumber(), text })).sid;
      await awaitEnds([id]);
      const conversationId = (await findConversationOf(parley.db, id)).id;
      await takeOverConversation(parley.db, conversationId, AGENT);
      const reply = { tenantId, conversationId, key: randomUUID(), agent: AGENT };
      const opened = await openAgentReply(parley.db, vault, {
        ...reply,
        text: words[i % 4 === 1 ? 1 : 0] ?? "",
      });
      return "turnId" in opened ? opened.turnId : "";
    });
    await runTimes(turnIds.length, (i) => awaitTurnClosed(context, turnIds[i] ?? ""));
  },
};

export async function awaitTurnClosed({ parley }: ScenarioContext, turnId: string): Promise<void> {
  await eventually(`the end of ${turnId}`, async () => {
    const [turn] = await parley.db.select().from(turns).where(eq(turns.id, turnId));
    return turn !== undefined && turn.outcome !== null;
  });
}

/** Vendors that accept a message and later report a transient failure, a permanent failure or an opt-out. */
export const lateFailures: Scenario = {
  name: "late failures",
  async run(context) {
    const { parley, newPhoneNumber, awaitEnds } = context;
    const codes = ["30001", "30001", "30001", "30004", "30004", "30003", "30003", "30006"];
    await runTimes(codes.length, async (i) => {
      const from = newPhoneNumber();
      const { sid } = await parley.sendSms({ from, text: "Can I return a pump?" });
      await awaitEnds([sid]);
      const part = await partOf(context, sid);
      const status = { MessageStatus: "failed", SmsStatus: "failed", ErrorCode: codes[i] ?? "", To: from };
      await parley.sendSms({ sid: part.providerId ?? "", from, text: "", fields: status });
      await eventually("the class of the refusal", async () => (await partOf(context, sid)).refusal);
    });
  },
};

async function partOf({ parley }: ScenarioContext, sid: string) {
  const [outcome] = await findMessageOutcomes(parley.db, [sid]);
  const [part] = await parley.db
    .select()
    .from(deliveries)
    .where(eq(deliveries.turnId, outcome?.turnId ?? ""));
  if (part === undefined) throw new Error(`${sid} was not answered.`);
  return part;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
