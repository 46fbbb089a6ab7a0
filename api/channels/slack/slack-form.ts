import { z } from "zod";
import type { InboundEvent } from "../channel.ts";
import { STORED_TEXT, toInvalidEvent } from "../json-body.ts";
import { formatForm, formatPlaceholder, joinLines } from "../placeholder.ts";
import { SLACK_ID, SLACK_TRIGGER, type SlackFields } from "./slack-body.ts";
import { labelOf, SLACK_CHOICE } from "./slack-choice.ts";

/* Forms that the app opened. The reply goes to the contact directly, because a form has no channel. */

const WORD = STORED_TEXT.nullish().catch(null);
const LABEL = z.looseObject({ text: WORD }).nullish().catch(null);
const USER = z.looseObject({ id: SLACK_ID }, { error: "must be an object with the user's id" });

const VIEW = z.looseObject({
  id: SLACK_ID,
  title: LABEL,
  hash: z.string().optional().catch(undefined),
  blocks: z.array(z.looseObject({ block_id: WORD, label: LABEL })).catch([]),
  state: z
    .looseObject({ values: z.record(z.string(), z.record(z.string(), SLACK_CHOICE)) })
    .catch({ values: {} }),
});
const SUBMISSION = z.looseObject({ user: USER, trigger_id: SLACK_TRIGGER.optional(), view: VIEW });

/** A form of today's kind: each answer with the label of its field. */
export function slackForm(fields: SlackFields): InboundEvent {
  const parsed = SUBMISSION.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, trigger_id: trigger, view } = parsed.data;
  const answers = Object.entries(view.state.values).flatMap(([block, actions]) =>
    Object.values(actions).flatMap((choice) => {
      const answer = labelOf(choice);
      const label = view.blocks.find(({ block_id: id }) => id === block)?.label?.text;
      return answer === "" ? [] : [label ? `${label}: ${answer}` : answer];
    }),
  );
  const id = trigger ?? `${view.id}.${view.hash ?? ""}`.replaceAll(/[^\w.-]/g, "");
  return toMessage({ id: `form:${id}`, from: user.id, title: view.title?.text, answers: answers.join("\n") });
}

const DIALOG = z.looseObject({
  user: USER,
  action_ts: z.string().regex(/^[\d.]{1,40}$/, 'must be a time such as "1355517523.000005"'),
  callback_id: WORD,
  submission: z.record(z.string(), z.unknown()).catch({}),
});

/** A form of the older kind. */
export function slackDialog(fields: SlackFields): InboundEvent {
  const parsed = DIALOG.safeParse(fields);
  if (!parsed.success) return toInvalidEvent(parsed.error, "");
  const { user, action_ts: at, callback_id: title, submission } = parsed.data;
  const answers = formatForm(JSON.stringify(submission));
  return toMessage({ id: `dialog:${at}`, from: user.id, title, answers });
}

interface Form {
  id: string;
  from: string;
  title: string | null | undefined;
  answers: string;
}

/** A form without an answer is for the agent who sent it. */
function toMessage({ id: providerMessageId, from, title, answers }: Form): InboundEvent {
  const text = joinLines(formatPlaceholder("form", title), answers);
  const message = {
    kind: "message",
    providerMessageId,
    from,
    text,
    origin: "form",
    providerTime: null,
  } as const;
  return answers === "" ? { ...message, treatment: "hand_over" } : message;
}
