import { type InlinedEvent, sealInlined } from "../../../db/inbound/inlined-event.ts";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { Vault } from "../../../db/connection/vault.ts";
import { inlinedWorkflowId } from "../../../workflows/names.ts";
import type { InlinedInput } from "../../../workflows/types.ts";
import type {
  InboundAgentReply,
  InboundChange,
  InboundConsent,
  InboundEvent,
  InboundMessage,
} from "../../channels/channel.ts";
import { isUrgent } from "../asks-for-silence.ts";
import { identifyEvent } from "../identify-event.ts";
import { limitText } from "../limit-text.ts";
import { nameMessageWorkflow } from "../name-workflow.ts";
import { toNewInbound } from "../new-inbound.ts";
import { toNewAgentReply, toNewChange, toNewConsent } from "../new-event.ts";
import type { ReceiptContext } from "../receipt-context.ts";

/** The kinds that a workflow can carry into Postgres. */
export type InlinableEvent = InboundMessage | InboundChange | InboundConsent | InboundAgentReply;

export function isInlinable(event: InboundEvent): event is InlinableEvent {
  return ["message", "edit", "delete", "consent", "agent_reply"].includes(event.kind);
}

export type ArrivedContext = ReceiptContext & { arrivedAt: Date };

/** The workflow that stores an event which Postgres did not accept: the event is encrypted in its input. */
export interface InlinedStart {
  workflowId: string;
  input: InlinedInput;
}

/** The same event has the same workflow each time, so a second start changes nothing. */
export function planInlined(
  vault: Vault,
  account: ChannelAccount,
  event: InlinableEvent,
  context: ArrivedContext,
): InlinedStart {
  const { tenantId, channel, accountId } = account;
  const plan = planWorkflow(vault, account, limitText(channel, event), context);
  const inlined = sealInlined(vault, tenantId, plan.event);
  const input = { channel, accountId, providerMessageId: plan.id, tenantId, inlined };
  return { workflowId: plan.workflowId, input };
}

/** Null where the event may wait for its turn in the spool. */
export function planUrgent(
  vault: Vault,
  account: ChannelAccount,
  event: InboundEvent,
  context: ArrivedContext,
): InlinedStart | null {
  return isInlinable(event) && isUrgent(event, account) ? planInlined(vault, account, event, context) : null;
}

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
  const hash = identifyEvent(vault, account, event, context.arrivedAt);
  if (hash === null) throw new Error(`An event of the kind "${event.kind}" has no identity.`);
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
      return { kind: "agent_reply", reply: toNewAgentReply(account, event) };
    default:
      return { kind: "change", change: toNewChange(account, event, context) };
  }
}
