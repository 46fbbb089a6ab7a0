import { type InlinedEvent, sealInlined } from "../../db/inbound/inlined-event.ts";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import type { Vault } from "../../db/connection/vault.ts";
import type { WorkflowStarter } from "../../infra/runtime/temporal/workflow-starter.ts";
import { inlinedWorkflowId } from "../../workflows/names.ts";
import type {
  InboundAgentReply,
  InboundChange,
  InboundConsent,
  InboundEvent,
  InboundMessage,
} from "../channels/channel.ts";
import { hashId, nameMessageWorkflow } from "./name-workflow.ts";
import { toNewInbound } from "./new-inbound.ts";
import { toNewChange, toNewConsent, toNewVendorReply } from "./new-event.ts";
import type { ReceiptContext } from "./receipt-context.ts";

/** The kinds that a workflow can carry into Postgres. */
export type InlinableEvent = InboundMessage | InboundChange | InboundConsent | InboundAgentReply;

export function isInlinable(event: InboundEvent): event is InlinableEvent {
  return ["message", "edit", "delete", "consent", "agent_reply"].includes(event.kind);
}

export type ArrivedContext = ReceiptContext & { arrivedAt: Date };

export interface StartInlinedDependencies {
  vault: Vault;
  starter: Pick<WorkflowStarter, "startMessage">;
}

/**
 * Starts the workflow that stores an event which Postgres did not accept: the event is encrypted in its input. A second call changes
 * nothing. Throws where Temporal does not confirm the start in time.
 */
export function createStartInlined({ vault, starter }: StartInlinedDependencies) {
  return async function startInlined(
    account: ChannelAccount,
    event: InlinableEvent,
    context: ArrivedContext,
    timeoutMs: number,
  ): Promise<void> {
    const { tenantId, channel, accountId } = account;
    const plan = planWorkflow(vault, account, event, context);
    const inlined = sealInlined(vault, tenantId, plan.event);
    await starter.startMessage({
      workflowId: plan.workflowId,
      input: { channel, accountId, providerMessageId: plan.id, tenantId, inlined },
      conversationId: null,
      // The event is stored first; the workflow of a message waits for the rest of the quiet window then.
      quietMs: 0,
      timeoutMs,
    });
  };
}

export type StartInlined = ReturnType<typeof createStartInlined>;

interface WorkflowPlan {
  workflowId: string;
  /** The provider's id of a message, else a hash that is equal for every try. */
  id: string;
  event: InlinedEvent;
}

function planWorkflow(
  vault: Vault,
  account: ChannelAccount,
  event: InlinableEvent,
  context: ArrivedContext,
): WorkflowPlan {
  if (event.kind === "message") {
    const workflowId = nameMessageWorkflow(vault, account, event);
    const message = toNewInbound(account, event, { ...context, workflowId });
    return { workflowId, id: event.providerMessageId, event: { kind: "message", message } };
  }
  const hash = hashId(
    vault,
    `${event.kind}\n${account.channel}/${account.accountId}\n${idOf(event, context)}`,
  );
  return {
    workflowId: inlinedWorkflowId({ ...account, hash }),
    id: hash,
    event: toInlinedEvent(account, event, context),
  };
}

function toInlinedEvent(
  account: ChannelAccount,
  event: Exclude<InlinableEvent, InboundMessage>,
  context: ArrivedContext,
): InlinedEvent {
  switch (event.kind) {
    case "consent":
      return { kind: "consent", consent: toNewConsent(account, event, context) };
    case "agent_reply":
      return { kind: "agent_reply", reply: toNewVendorReply(account, event) };
    default:
      return { kind: "change", change: toNewChange(account, event, context) };
  }
}

function idOf(event: Exclude<InlinableEvent, InboundMessage>, { arrivedAt }: ArrivedContext): string {
  switch (event.kind) {
    case "consent":
      return `${event.from}\n${event.state}\n${(event.providerTime ?? arrivedAt).toISOString()}`;
    case "agent_reply":
      return event.providerMessageId;
    default:
      return event.changeId;
  }
}
