import { type Command, Option } from "commander";
import { findConversationOwner } from "../../../db/contacts.ts";
import { type ConversationLine, listLines } from "../../../db/conversation-lines.ts";
import { listConversations } from "../../../db/conversation-list.ts";
import type { PageEnd } from "../../../db/page.ts";
import { findContactRow } from "../../../db/people.ts";
import { listTurns } from "../../../db/turn-list.ts";
import { ACCOUNT_ID, CHANNEL } from "../../runtime/field-rules.ts";
import { argument, uuidArgument, wholeNumberArgument } from "../argument.ts";
import { conversationFacts, turnFacts } from "../conversation-facts.ts";
import { describeFacts, describeRows } from "../describe-facts.ts";
import { describeLines, lineFacts, type LineFacts } from "../describe-lines.ts";
import { conversationCommand, findConversation } from "../find-conversation.ts";
import { describePage, pageFacts, pageOptions, type PageOptions, pageRequest } from "../pages.ts";
import { runForTenant, tenantCommand, type TenantOptions, type TenantWork } from "../tenant-command.ts";
import { addReplyCommand } from "./reply.ts";
import { addTakeoverCommands } from "./takeover.ts";

interface FilterOptions {
  contact?: string;
  channel?: string;
  account?: string;
  claimed?: "yes" | "no";
  paused?: "yes" | "no";
}

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const COLUMNS = ["id", "channel", "account_id", "hold", "claimed_by", "pending_messages", "last_inbound_at"];
const TURN_COLUMNS = ["opened_at", "plan", "outcome", "rung", "reason", "cost_usd", "workflow_id"];
const LAST_TURNS = 5;

/** What was said, where each conversation stands, and how a person of the business takes part. */
export function addConversationCommands(program: Command): void {
  const conversations = program
    .command("conversations")
    .description("What was said, where it stands, and how a person takes over.");
  addList(conversations);
  addShow(conversations);
  addMessages(conversations);
  addTakeoverCommands(conversations);
  addReplyCommand(conversations);
}

function addList(conversations: Command): void {
  const list = tenantCommand(conversations, "list", "The tenant's conversations, newest first.", [
    "conversations list",
    "conversations list --claimed yes",
    "conversations list --channel whatsapp --paused yes --json",
  ])
    .option("--contact <id>", "with this contact alone", uuidArgument)
    .option("--channel <name>", "of this channel alone", argument(CHANNEL))
    .option("--account <id>", "of this account alone", argument(ACCOUNT_ID))
    .addOption(yesOrNo("--claimed <yes|no>", "whether a person of the business holds it"))
    .addOption(yesOrNo("--paused <yes|no>", "whether it is paused"));
  pageOptions(list).action(async (options: TenantOptions & PageOptions & FilterOptions) => {
    await runForTenant(
      options,
      async ({ db, tenantId }) => {
        const { contact: contactId, account: accountId, channel } = options;
        const holds = { claimed: isYes(options.claimed), paused: isYes(options.paused) };
        const filter = { tenantId, contactId, accountId, channel, ...holds };
        const page = await listConversations(db, filter, pageRequest(options));
        return pageFacts("conversations", page, conversationFacts);
      },
      describePage("conversations", COLUMNS),
    );
  });
}

function addShow(conversations: Command): void {
  conversationCommand(
    conversations,
    "show",
    `Where one conversation stands: who holds it, its reply window, its last ${LAST_TURNS} turns.`,
    [`conversations show ${EXAMPLE}`, `conversations show ${EXAMPLE} --json`],
  ).action(async (id: string, options: TenantOptions) => {
    await runForTenant(
      options,
      async (work) => await fullFacts(work, id),
      ({ turns, ...facts }) => `${describeFacts(facts)}\n\n${describeRows(turns, TURN_COLUMNS)}`,
    );
  });
}

async function fullFacts(work: TenantWork, id: string) {
  const { db, vault, tenantId } = work;
  const conversation = await findConversation(work, id);
  const { replyWindow } = await import("../reply-window.ts");
  const contact = await findContactRow(db, vault, { tenantId, contactId: conversation.contactId });
  const last = { limit: LAST_TURNS, after: null };
  const { rows } = await listTurns(db, { tenantId, conversationId: id }, last);
  return {
    ...conversationFacts(conversation),
    contact_address: contact?.address ?? null,
    window: replyWindow(work, conversation),
    turns: rows.map(turnFacts),
  };
}

function addMessages(conversations: Command): void {
  conversationCommand(
    conversations,
    "messages",
    "The transcript: who said what, when, and what became of it.",
    [`conversations messages ${EXAMPLE}`, `conversations messages ${EXAMPLE} --last 200 --json`],
  )
    .option("--last <n>", "the last n lines alone", wholeNumberArgument, 50)
    .action(async (id: string, { last, ...options }: TenantOptions & { last: number }) => {
      await runForTenant(
        options,
        async (work) => {
          await findConversation(work, id);
          const lines = await allLines(work, id);
          const shown = lines.slice(Math.max(lines.length - last, 0)).map(lineFacts);
          return { messages: shown, earlier: lines.length - shown.length };
        },
        describeTranscript,
      );
    });
}

function describeTranscript({ messages, earlier }: { messages: LineFacts[]; earlier: number }): string {
  const before = earlier === 0 ? "" : `${earlier} earlier lines: --last ${messages.length + earlier}\n`;
  return before + describeLines(messages);
}

const PAGE = 200;

/** A transcript is ordered by the provider's evidence, so that its end is found from its beginning. */
async function allLines({ db, vault, tenantId }: TenantWork, id: string): Promise<ConversationLine[]> {
  const owner = await findConversationOwner(db, tenantId, id);
  const lines: ConversationLine[] = [];
  let after: PageEnd | null = null;
  do {
    const page = await listLines(db, vault, owner, { limit: PAGE, after });
    lines.push(...page.rows);
    after = page.next;
  } while (after !== null);
  return lines;
}

function yesOrNo(flags: string, description: string): Option {
  return new Option(flags, description).choices(["yes", "no"]);
}

function isYes(word: "yes" | "no" | undefined): boolean | undefined {
  return word === undefined ? undefined : word === "yes";
}
