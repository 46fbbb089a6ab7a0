import { type Command, Option } from "commander";
import { findConversationOwner } from "../../../../db/conversations/open-conversation.ts";
import { type ConversationLine, listLines } from "../../../../db/conversations/list-lines.ts";
import { listConversations } from "../../../../db/conversations/list-conversations.ts";
import type { Cursor } from "../../../../db/connection/page.ts";
import { findContactRow } from "../../../../db/contacts/list-contacts.ts";
import { listTurns } from "../../../../db/turns/list-turns.ts";
import { ACCOUNT_ID, CHANNEL } from "../../../runtime/config/field-rules.ts";
import { createArgumentParser, parseUuid, parseWholeNumber } from "../../options/argument-parsers.ts";
import { formatConversation, formatTurn } from "../../views/conversation-view.ts";
import { describeFields, describeRows } from "../../views/describe-fields.ts";
import { describeLines, formatLine, type LineView } from "../../views/line-view.ts";
import { createConversationCommand, requireConversation } from "../../conversation-command.ts";
import {
  describePage,
  formatPage,
  addPageOptions,
  type PageOptions,
  toPageRequest,
} from "../../options/page-options.ts";
import {
  runForTenant,
  createTenantCommand,
  type TenantOptions,
  type TenantContext,
} from "../../tenant-command.ts";
import { addReplyCommand } from "./reply.ts";
import { addTakeoverCommands } from "./take-over.ts";

interface FilterOptions {
  contact?: string;
  channel?: string;
  account?: string;
  takenOver?: "yes" | "no";
  paused?: "yes" | "no";
}

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const COLUMNS = [
  "id",
  "channel",
  "account_id",
  "silent_because",
  "taken_over_by",
  "pending_messages",
  "last_inbound_at",
];
const TURN_COLUMNS = ["opened_at", "plan", "outcome", "tier", "reason", "cost_usd", "workflow_id"];
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
  const list = createTenantCommand(conversations, "list", "The tenant's conversations, newest first.", [
    "conversations list",
    "conversations list --taken-over yes",
    "conversations list --channel whatsapp --paused yes --json",
  ])
    .option("--contact <id>", "with this contact alone", parseUuid)
    .option("--channel <name>", "of this channel alone", createArgumentParser(CHANNEL))
    .option("--account <id>", "of this account alone", createArgumentParser(ACCOUNT_ID))
    .addOption(createYesNoOption("--taken-over <yes|no>", "whether an agent has taken it over"))
    .addOption(createYesNoOption("--paused <yes|no>", "whether it is paused"));
  addPageOptions(list).action(async (options: TenantOptions & PageOptions & FilterOptions) => {
    await runForTenant(
      options,
      async ({ db, tenantId }) => {
        const { contact: contactId, account: accountId, channel } = options;
        const states = { takenOver: parseYesNo(options.takenOver), paused: parseYesNo(options.paused) };
        const filter = { tenantId, contactId, accountId, channel, ...states };
        const page = await listConversations(db, filter, toPageRequest(options));
        return formatPage("conversations", page, formatConversation);
      },
      describePage("conversations", COLUMNS),
    );
  });
}

function addShow(conversations: Command): void {
  createConversationCommand(
    conversations,
    "show",
    `Where one conversation stands: who answers it, its reply window, its last ${LAST_TURNS} turns.`,
    [`conversations show ${EXAMPLE}`, `conversations show ${EXAMPLE} --json`],
  ).action(async (id: string, options: TenantOptions) => {
    await runForTenant(
      options,
      async (work) => await readConversationDetails(work, id),
      ({ turns, ...facts }) => `${describeFields(facts)}\n\n${describeRows(turns, TURN_COLUMNS)}`,
    );
  });
}

async function readConversationDetails(work: TenantContext, id: string) {
  const { db, vault, tenantId } = work;
  const conversation = await requireConversation(work, id);
  const { readReplyWindow } = await import("../../views/reply-window.ts");
  const contact = await findContactRow(db, vault, { tenantId, contactId: conversation.contactId });
  const last = { limit: LAST_TURNS, keysetBefore: null };
  const { rows } = await listTurns(db, { tenantId, conversationId: id }, last);
  return {
    ...formatConversation(conversation),
    contact_address: contact?.address ?? null,
    window: readReplyWindow(work, conversation),
    turns: rows.map(formatTurn),
  };
}

function addMessages(conversations: Command): void {
  createConversationCommand(
    conversations,
    "messages",
    "The transcript: who said what, when, and what became of it.",
    [`conversations messages ${EXAMPLE}`, `conversations messages ${EXAMPLE} --last 200 --json`],
  )
    .option("--last <n>", "the last n lines alone", parseWholeNumber, 50)
    .action(async (id: string, { last, ...options }: TenantOptions & { last: number }) => {
      await runForTenant(
        options,
        async (work) => {
          await requireConversation(work, id);
          const lines = await listAllLines(work, id);
          const shown = lines.slice(Math.max(lines.length - last, 0)).map(formatLine);
          return { messages: shown, earlier: lines.length - shown.length };
        },
        describeTranscript,
      );
    });
}

function describeTranscript({ messages, earlier }: { messages: LineView[]; earlier: number }): string {
  const before = earlier === 0 ? "" : `${earlier} earlier lines: --last ${messages.length + earlier}\n`;
  return before + describeLines(messages);
}

const PAGE = 200;

/** A transcript is ordered by the provider's evidence, so that its end is found from its beginning. */
async function listAllLines({ db, vault, tenantId }: TenantContext, id: string): Promise<ConversationLine[]> {
  const owner = await findConversationOwner(db, tenantId, id);
  const lines: ConversationLine[] = [];
  let after: Cursor | null = null;
  do {
    const page = await listLines(db, vault, owner, { limit: PAGE, keysetBefore: after });
    lines.push(...page.rows);
    after = page.next;
  } while (after !== null);
  return lines;
}

function createYesNoOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(["yes", "no"]);
}

function parseYesNo(word: "yes" | "no" | undefined): boolean | undefined {
  return word === undefined ? undefined : word === "yes";
}
