import { z } from "zod";
import type { ChannelAccount } from "../../db/tenants/channel-account.ts";
import { verifySlackSignature } from "../../infra/runtime/signatures/slack-signature.ts";
import type { InboundChannel, InboundEvent, ParsedBody } from "./channel.ts";
import { hearAgent } from "./hear-agent.ts";
import { slackAction } from "./slack/slack-action.ts";
import { ignoreEvent } from "./json-body.ts";
import { readSlackBody, type SlackFields } from "./slack/slack-body.ts";
import { slackCommand } from "./slack/slack-command.ts";
import { slackContext, type SlackContext } from "./slack/slack-context.ts";
import { slackEvent } from "./slack/slack-event.ts";
import { slackDialog, slackForm } from "./slack/slack-form.ts";
import { ignoreKind } from "./slack/slack-ignored.ts";
import { slackMessageAction, slackOldPress, slackShortcut } from "./slack/slack-shortcut.ts";

/** Readers by the type of the body. Any other type is ignored and counted. */
const READERS: Readonly<Record<string, (fields: SlackFields, context: SlackContext) => InboundEvent>> =
  Object.freeze({
    event_callback: slackEvent,
    block_actions: slackAction,
    slash_command: slackCommand,
    view_submission: slackForm,
    dialog_submission: slackDialog,
    shortcut: slackShortcut,
    message_action: slackMessageAction,
    interactive_message: slackOldPress,
  });

/**
 * Slack's Events API, slash commands and buttons: one item per body, repeated three times within six minutes. A header marks the
 * repeats, but it is only a hint: the dedupe key decides.
 */
export const slack: InboundChannel = {
  name: "slack",
  // Contacts write a thought in two or three messages within two seconds.
  quietWindowMs: 1_500,
  // The contact would see a text in the response to a slash command.
  acknowledgement: { status: 200, contentType: "text/plain", body: "" },
  verify: ({ headers, rawBody, receivedAt }, { secrets }) =>
    verifySlackSignature({ headers, rawBody, secrets: secrets.inbound, now: receivedAt }),
  parse(request, account): ParsedBody {
    const body = readSlackBody(request);
    if (!body.ok) return body;
    const { fields } = body;
    const type = typeOf(fields);
    if (type === null) return rejectBody("type", 'must be the body\'s type, such as "event_callback"');
    if (type === "url_verification") return answerChallenge(fields);
    const context = slackContext(fields, { account, receivedAt: request.receivedAt });
    const reader = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
    return routeToAccount(reader?.(fields, context) ?? ignoreKind("body", type), context, account);
  },
};

/** An app has one URL for all workspaces in which it is installed. */
function routeToAccount(event: InboundEvent, { teams }: SlackContext, account: ChannelAccount): ParsedBody {
  const { externalId } = account;
  if (externalId === null || teams.includes(externalId))
    return { ok: true, events: [hearAgent(event, account)] };
  const [other] = teams;
  if (other === undefined) return { ok: true, events: [ignoreEvent("other_account")] };
  return { ok: true, events: [], otherAccounts: [{ externalId: other, events: [event] }] };
}

/** A slash command has no type. Neither has the form by which Slack checks a certificate. */
function typeOf({ type, command, ssl_check: isCheck }: SlackFields): string | null {
  if (typeof type === "string") return type;
  if (typeof command === "string") return "slash_command";
  return isCheck === undefined ? null : "ssl_check";
}

const CHALLENGE = z.string().min(1).max(1_024);

/** Slack sends this once, when the URL is set. It is signed like every other body. */
function answerChallenge({ challenge }: SlackFields): ParsedBody {
  const asked = CHALLENGE.safeParse(challenge);
  if (!asked.success) return rejectBody("challenge", "must be a text, which is sent back");
  return { ok: true, events: [], response: { status: 200, contentType: "text/plain", body: asked.data } };
}

function rejectBody(field: string, message: string): ParsedBody {
  return { ok: false, problems: [{ field, message }] };
}
