import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { openHumanReply } from "../../../db/human-replies.ts";
import { StackError } from "../../dev/stack-error.ts";
import { OPERATOR, REPLY_TEXT } from "../../runtime/field-rules.ts";
import { argument } from "../argument.ts";
import { awaitSent, type ReplyFacts, replyFacts } from "../await-sent.ts";
import { checked } from "../called-wrongly.ts";
import { conversationCommand, findConversation } from "../find-conversation.ts";
import { readText } from "../read-text.ts";
import { runForTenant, type TenantOptions, type TenantWork } from "../tenant-command.ts";
import { heldBy } from "./takeover.ts";

const EXAMPLE = "b3c1a9d2-9b57-4f0e-a6a2-0d8b5a1f6c33";
const PATIENCE_MS = 30_000;

interface ReplyOptions extends TenantOptions {
  operator: string;
  wait: boolean;
}

/** A person of the business speaks. */
export function addReplyCommand(conversations: Command): void {
  conversationCommand(
    conversations,
    "reply",
    "Sends a person's own words and says whether they were sent. The operator has to hold the conversation.",
    [
      `conversations reply ${EXAMPLE} --operator ada "Your lamp ships tomorrow."`,
      `conversations reply ${EXAMPLE} --operator ada --no-wait - < answer.txt`,
    ],
  )
    .argument("<text...>", "what is said; - reads it from stdin")
    .requiredOption("--operator <name>", "who of the business speaks", argument(OPERATOR))
    .option("--no-wait", "end as soon as it is stored; otherwise up to 30 s are waited for the outcome")
    .action(async (id: string, words: string[], options: ReplyOptions) => {
      await runForTenant(
        options,
        async (work) => {
          const said = words.length === 1 && words[0] === "-" ? readText("-") : words.join(" ");
          const text = checked(REPLY_TEXT, said, () => "<text>");
          const turnId = await openReply(work, { conversationId: id, operator: options.operator, text });
          return options.wait
            ? await outcomeOf(work, turnId)
            : await replyFacts(work.db, { ...work, turnId });
        },
        describeReply,
      );
    });
}

/** The row is the promise: where it cannot be started here, the sweeper of a worker does it. */
async function openReply(
  work: TenantWork,
  reply: { conversationId: string; operator: string; text: string },
): Promise<string> {
  const { db, vault, config, tenantId } = work;
  await findConversation(work, reply.conversationId);
  const opened = await openHumanReply(db, vault, { tenantId, key: randomUUID(), ...reply });
  if ("claimedBy" in opened) throw notTheirs(reply, opened.claimedBy);
  const { turnId } = opened;
  const { withStartOutbound } = await import("../with-start-outbound.ts");
  const started = await withStartOutbound(
    config,
    async ({ startReply }) => await startReply(tenantId, turnId),
  );
  if (!started) progress("stored; Temporal does not answer, so it goes out when it is back");
  return turnId;
}

async function outcomeOf({ db, tenantId }: TenantWork, turnId: string): Promise<ReplyFacts> {
  return await awaitSent(db, { tenantId, turnId }, { limitMs: PATIENCE_MS, onWait: progress });
}

function notTheirs(
  { conversationId, operator }: { conversationId: string; operator: string },
  claimedBy: string | null,
): StackError {
  if (claimedBy !== null) return heldBy(conversationId, claimedBy);
  const way = `parley conversations claim ${conversationId} --operator ${JSON.stringify(operator)}`;
  return new StackError(`Claim the conversation first, so that the assistant keeps silent: \`${way}\`.`);
}

function describeReply({ sent, outcome, deliveries, turn_id: turnId }: ReplyFacts): string {
  if (sent === true) return `Sent, in ${deliveries.length} part(s).`;
  if (sent === null)
    return `Stored as turn ${turnId} and not sent yet. It goes out by itself: do not send it again.`;
  const reasons = deliveries.flatMap(({ code }) => code ?? []);
  return `Not sent: ${[outcome, ...new Set(reasons)].join(", ")}.`;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
