import { randomUUID } from "node:crypto";
import { bringPartsForward, findWaitingPartIds } from "../../../../db/delivery/bring-forward.ts";
import { takeOverConversation } from "../../../../db/conversations/takeover.ts";
import { openAgentReply } from "../../../../db/turns/agent-replies.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import { messageWorkflowId, replyWorkflowId } from "../../../../workflows/names.ts";
import { WAKES_PER_RUN } from "../../../../workflows/policies.ts";
import { wakeWait } from "../../../support/activities/wake-wait.ts";
import { eventually } from "../../../support/eventually.ts";
import { findConversationOf } from "../../../support/find-conversation.ts";
import { type Scenario, type ScenarioContext, withFaults } from "../scenario.ts";
import { awaitTurnClosed } from "./agents.ts";

const TEXTS = { path: "/2010-04-01", method: "POST" } as const;

/** An answer and an agent's reply that are woken more often than one run allows, while the vendor refuses every send. */
export const wokenWaits: Scenario = {
  name: "waits that are woken again and again",
  async run(context) {
    const { parley, awaitEnds } = context;
    const conversationId = await openTakenOver(context);
    const { turnId, sid } = await withFaults(
      parley.twilio,
      [{ match: TEXTS, times: null, fault: { status: 503 } }],
      async () => {
        const asked = await parley.sendSms({ from: context.newPhoneNumber(), text: "Can I return a pump?" });
        const replyTurn = await replyAsAgent(context, conversationId);
        const answerId = messageWorkflowId({
          channel: "twilio-sms",
          accountId: "main",
          visibleId: asked.sid,
        });
        await Promise.all([answerId, replyWorkflowId(replyTurn)].map((id) => wakeAgainAndAgain(context, id)));
        return { turnId: replyTurn, sid: asked.sid };
      },
    );
    const { PARLEY_TENANT: tenantId } = parley.config;
    const waiting = await findWaitingPartIds(parley.db, { tenantId, channel: "twilio-sms" }, 10);
    await bringPartsForward(parley.db, waiting);
    await awaitEnds([sid]);
    await awaitTurnClosed(context, turnId);
  },
};

async function wakeAgainAndAgain({ parley }: ScenarioContext, workflowId: string): Promise<void> {
  const handle = parley.temporal?.workflow.getHandle(workflowId);
  if (handle === undefined) throw new Error("The installation has no worker.");
  await eventually(`${workflowId} to run`, async () => await handle.describe().catch(() => null));
  for (let wakes = 0; wakes <= WAKES_PER_RUN; wakes++) await wakeWait(handle);
}

async function openTakenOver({ parley, newPhoneNumber, awaitEnds }: ScenarioContext): Promise<string> {
  const { sid } = await parley.sendSms({ from: newPhoneNumber(), text: "Can I return a pump?" });
  await awaitEnds([sid]);
  const { id } = await findConversationOf(parley.db, sid);
  await takeOverConversation(parley.db, id, "dana");
  return id;
}

async function replyAsAgent({ parley }: ScenarioContext, conversationId: string): Promise<string> {
  const { config, db } = parley;
  const opened = await openAgentReply(db, createConfiguredVault(config), {
    tenantId: config.PARLEY_TENANT,
    conversationId,
    key: randomUUID(),
    agent: "dana",
    text: "It ships tomorrow.",
  });
  if (!("turnId" in opened)) throw new Error("The agent's reply was not stored.");
  return opened.turnId;
}
