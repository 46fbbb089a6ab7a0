import { type Command, Option } from "commander";
import {
  getConversation,
  listConversations,
  listLastLines,
} from "../../../../api/operations/conversations.ts";
import { getContact } from "../../../../api/operations/contacts.ts";
import { listTurns } from "../../../../api/operations/turns.ts";
import {
  formatConversation,
  formatListedConversation,
  type LISTED_CONVERSATION,
} from "../../../../api/views/conversation.ts";
import type { Shape } from "../../../../api/views/view.ts";
import { formatPage } from "../../../../api/views/page.ts";
import { formatLine } from "../../../../api/views/transcript-line.ts";
import { formatTurn } from "../../../../api/views/turn.ts";
import { ACCOUNT_ID, CHANNEL } from "../../../runtime/config/field-rules.ts";
import { createConversationCommand } from "../../conversation-command.ts";
import { createArgumentParser, parseUuid, parseWholeNumber } from "../../options/argument-parsers.ts";
import { addPageOptions, describePage, type PageOptions, toPageRequest } from "../../options/page-options.ts";
import {
  createTenantCommand,
  runForTenant,
  type TenantContext,
  type TenantOptions,
} from "../../tenant-command.ts";
import { describeFields, describeRows } from "../../views/describe-fields.ts";
import { describeLines, splitText } from "../../views/describe-lines.ts";
import { TURN_COLUMNS } from "../turns.ts";
import { addReplyCommand } from "./reply.ts";
import { addTakeoverCommands } from "./take-over.ts";

interface FilterOptions {
  contact?: string;
  channel?: string;
  account?: string;
  takenOver?: "yes" | "no";
  paused?: "yes" | "no";
  waiting?: true;
  stuck?: true;
}

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const COLUMNS = [
  "id",
  "channel",
  "contact_address",
  "waiting_for",
  "taken_over_by",
  "last_at",
  "last_message",
];
const LAST_TURNS = { limit: 5, keysetBefore: null };

/** Transcripts, the state of each conversation, and takeovers. */
export function addConversationCommands(program: Command): void {
  const conversations = program
    .command("conversations")
    .description("Transcripts, the state of each conversation, and takeovers.");
  addList(conversations);
  addShow(conversations);
  addMessages(conversations);
  addTakeoverCommands(conversations);
  addReplyCommand(conversations);
}

function addList(conversations: Command): void {
  const list = createTenantCommand(conversations, "list", "The tenant's conversations, newest first.", [
    "conversations list",
    "conversations list --waiting",
    "conversations list --taken-over yes",
    "conversations list --channel whatsapp --paused yes --json",
  ])
    .option("--contact <id>", "only with this contact", parseUuid)
    .option("--channel <name>", "only this channel", createArgumentParser(CHANNEL))
    .option("--account <id>", "only this account", createArgumentParser(ACCOUNT_ID))
    .addOption(createYesNoOption("--taken-over <yes|no>", "whether an agent has taken it over"))
    .addOption(createYesNoOption("--paused <yes|no>", "whether it is paused"))
    .option("--waiting", "only if the contact waits for an answer, of the assistant or of an agent")
    .option("--stuck", "only if an answer makes no progress for a minute");
  addPageOptions(list).action(async (options: TenantOptions & PageOptions & FilterOptions) => {
    await runForTenant(
      options,
      async (work) => {
        const { contact: contactId, account: accountId, channel, waiting, stuck } = options;
        const states = { takenOver: parseYesNo(options.takenOver), paused: parseYesNo(options.paused) };
        const filter = { tenantId: work.tenantId, contactId, accountId, channel, ...states, waiting, stuck };
        const page = await listConversations(work, { filter, page: toPageRequest(options) });
        return formatPage(page, (row) => formatListedConversation(row, { mayReadContacts: true }));
      },
      describePage(COLUMNS, toTableRow),
    );
  });
}

function toTableRow({ last_message: last, ...row }: Shape<typeof LISTED_CONVERSATION>): object {
  if (last === null) return { ...row, last_at: null, last_message: null };
  const text = [...splitText(last), ...(last.has_media ? ["(attached)"] : [])].join(" ");
  return { ...row, last_at: last.stored_at, last_message: `${last.agent ?? last.author}: ${text}` };
}

/** With `--json` it is the conversation alone. On a terminal the contact, the reply window and the last turns follow. */
function addShow(conversations: Command): void {
  createConversationCommand(
    conversations,
    "show",
    "The state of one conversation: its reply window, its pause or takeover, its last turns.",
    [`conversations show ${EXAMPLE}`, `conversations show ${EXAMPLE} --json`],
  ).action(async (conversationId: string, options: TenantOptions) => {
    await runForTenant(options, async (work) => await readConversation(work, conversationId), {
      toJson: ({ conversation }) => conversation,
      describe: ({ conversation, turns, ...fields }) =>
        `${describeFields({ ...conversation, ...fields })}\n\n${describeRows(turns, TURN_COLUMNS)}`,
    });
  });
}

async function readConversation(work: TenantContext, conversationId: string) {
  const { tenantId } = work;
  const row = await getConversation(work, { tenantId, conversationId });
  const { readReplyWindow } = await import("../../views/reply-window.ts");
  const { contact } = await getContact(work, { tenantId, contactId: row.contactId });
  const turns = await listTurns(work, { tenantId, conversationId, page: LAST_TURNS });
  return {
    conversation: formatConversation(row),
    contact_address: contact.address,
    reply_window: readReplyWindow(work, row),
    turns: turns.rows.map(formatTurn),
  };
}

function addMessages(conversations: Command): void {
  createConversationCommand(conversations, "messages", "The last lines of the transcript, oldest first.", [
    `conversations messages ${EXAMPLE}`,
    `conversations messages ${EXAMPLE} --last 200 --json`,
  ])
    .option("--last <n>", "only the last n lines", parseWholeNumber, 50)
    .action(async (conversationId: string, { last, ...options }: TenantOptions & { last: number }) => {
      await runForTenant(
        options,
        async (work) => {
          const input = { tenantId: work.tenantId, conversationId, last };
          const { lines, earlier } = await listLastLines(work, input);
          return { page: formatPage({ rows: lines, next: null }, formatLine), earlier };
        },
        {
          toJson: ({ page }) => page,
          describe: ({ page: { data }, earlier }) =>
            `${earlier === 0 ? "" : `${earlier} earlier lines: --last ${data.length + earlier}\n`}${describeLines(data)}`,
        },
      );
    });
}

function createYesNoOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(["yes", "no"]);
}

function parseYesNo(word: "yes" | "no" | undefined): boolean | undefined {
  return word === undefined ? undefined : word === "yes";
}
