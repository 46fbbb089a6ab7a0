import { awaitFreshMarks } from "../../db/delivery/await-fresh-marks.ts";
import type { Queryable } from "../../db/connection/postgres.ts";
import { isUnreadable } from "../../db/connection/vault.ts";
import type { ConversationRow } from "../../db/conversations/list-conversations.ts";
import { pauseConversation, resumeConversation } from "../../db/conversations/pause.ts";
import { handBackConversation, takeOverConversation } from "../../db/conversations/takeover.ts";
import { VENDOR_INBOX } from "../../db/transitions/conversation-moves.ts";
import { openAgentReply } from "../../db/turns/agent-replies.ts";
import { type ConversationKey, getConversation } from "./conversations.ts";
import type { Using } from "./operation-context.ts";
import { OperationError } from "./operation-error.ts";

/** Follows the commit of a silence and comes before each response that promises it. */
export async function awaitSilence(db: Queryable, conversationId: string): Promise<void> {
  await awaitFreshMarks(db, { conversationIds: [conversationId] });
}

/** No send of the assistant begins after this. Taking over again as the same agent only renews the time. */
export async function takeOver(
  context: Using<"db" | "notify" | "afterCommit">,
  { agent, ...key }: ConversationKey & { agent: string },
): Promise<ConversationRow> {
  checkAgentName(agent);
  const { id } = await getConversation(context, key);
  const takeover = await takeOverConversation(context.db, id, agent);
  if (!takeover.takenOver) throw takenOverByOther(id, takeover.takenOverBy);
  await context.afterCommit(async (db) => {
    await awaitSilence(db, id);
    await context.notify(id, "news");
  });
  return await getConversation(context, key);
}

/** Without `agent` it is handed back whichever agent has taken it over. A conversation that no agent has taken over stays as it is. */
export async function handBack(
  context: Using<"db" | "notify" | "afterCommit">,
  { agent, ...key }: ConversationKey & { agent?: string | undefined },
): Promise<ConversationRow> {
  const { id } = await getConversation(context, key);
  if (!(await handBackConversation(context.db, id, agent))) {
    const { takenOverBy } = await getConversation(context, key);
    if (takenOverBy !== null) throw takenOverByOther(id, takenOverBy);
  }
  await context.afterCommit(async () => await context.notify(id, "news"));
  return await getConversation(context, key);
}

export async function pause(
  context: Using<"db" | "afterCommit">,
  key: ConversationKey,
): Promise<ConversationRow> {
  const { id } = await getConversation(context, key);
  await pauseConversation(context.db, id, "operator");
  await context.afterCommit(async (db) => await awaitSilence(db, id));
  return await getConversation(context, key);
}

/** Ends the pause, whichever reason it has. */
export async function resume(context: Using<"db">, key: ConversationKey): Promise<ConversationRow> {
  const { id } = await getConversation(context, key);
  await resumeConversation(context.db, id);
  return await getConversation(context, key);
}

/**
 * Pauses the conversation until an agent takes it over. After `timeoutS` a notice says that no agent came, and the pause ends. The row is
 * the promise: if the workflow that waits cannot be started now, the sweeper starts it later.
 */
export async function handOff(
  context: Using<"db" | "starter" | "afterCommit">,
  { timeoutS, ...key }: ConversationKey & { timeoutS: number },
): Promise<ConversationRow> {
  const { db, starter } = context;
  const { id, takenOverBy } = await getConversation(context, key);
  const paused =
    takenOverBy === null ? await pauseConversation(db, id, "handoff", { handoffTimeoutS: timeoutS }) : null;
  if (paused === null) throw new OperationError({ code: "conversation_silent", conversationId: id });
  const input = { ...key, since: paused.since.toISOString(), timeoutS };
  await context.afterCommit(async (committed) => {
    await awaitSilence(committed, id);
    await starter.startHandoff(key.tenantId, input);
  });
  return await getConversation(context, key);
}

export interface AgentReply extends ConversationKey {
  agent: string;
  text: string;
  /** The turn's id is made from it: the same key and text give the same turn, also after a crash. */
  key: string;
}

/**
 * The reply goes through the same gate as every send. `started` is known only without a transaction: it is false where Temporal did not
 * respond, and the sweeper starts the reply later.
 */
export async function reply(
  context: Using<"db" | "vault" | "starter" | "afterCommit">,
  input: AgentReply,
): Promise<{ turnId: string; started: boolean }> {
  const { tenantId, conversationId, agent } = input;
  checkAgentName(agent);
  await getConversation(context, { tenantId, conversationId });
  const opened = await openAgentReply(context.db, context.vault, input).catch((error: unknown) => {
    if (isUnreadable(error)) throw new OperationError({ code: "contact_erased" });
    throw error;
  });
  if ("takenOverBy" in opened) {
    if (opened.takenOverBy !== null) throw takenOverByOther(conversationId, opened.takenOverBy);
    throw new OperationError({ code: "not_taken_over", conversationId, agent });
  }
  let started = false;
  await context.afterCommit(async () => {
    started = await context.starter.startReply(tenantId, opened.turnId);
  });
  return { turnId: opened.turnId, started };
}

/** The name marks a takeover from the vendor's own inbox. Such a takeover follows other rules and ends by itself. */
function checkAgentName(agent: string): void {
  if (agent !== VENDOR_INBOX) return;
  const message = `must not be ${VENDOR_INBOX}, which is reserved for replies from the vendor's own inbox`;
  throw new OperationError({ code: "request_invalid", fields: [{ path: ["agent"], message }] });
}

function takenOverByOther(conversationId: string, agent: string): OperationError {
  return new OperationError({ code: "taken_over_by_other", conversationId, agent });
}
