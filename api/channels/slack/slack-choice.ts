import { z } from "zod";
import { STORED_TEXT } from "../json-body.ts";

const LABEL = z.looseObject({ text: STORED_TEXT });
const OPTION = z.looseObject({ text: LABEL });
const WORD = STORED_TEXT;
const optional = <Of extends z.ZodType>(type: Of) => type.nullish().catch(null);

/** The value of a field or a button of Slack: each kind of element has a field of its own. */
export const SLACK_CHOICE = z.looseObject({
  text: optional(LABEL),
  value: optional(WORD),
  type: optional(z.string()),
  selected_option: optional(OPTION),
  selected_options: optional(z.array(OPTION)),
  selected_date: optional(WORD),
  selected_time: optional(WORD),
  selected_user: optional(WORD),
  selected_users: optional(z.array(WORD)),
  selected_channel: optional(WORD),
  selected_channels: optional(z.array(WORD)),
  selected_conversation: optional(WORD),
  selected_conversations: optional(z.array(WORD)),
});
export type SlackChoice = z.infer<typeof SLACK_CHOICE>;

/** Elements into which the contact types. The value of a button is for programs. */
const TYPED = new Set(["plain_text_input", "email_text_input", "url_text_input", "number_input"]);

/** What the contact chose or typed, in words; "" where the element has none. */
export function labelOf(choice: SlackChoice): string {
  const { selected_options: options, selected_option: option, type, value, text } = choice;
  const typed = typeof type === "string" && TYPED.has(type) ? value : null;
  const words = [
    options?.map((each) => each.text.text).join(", "),
    option?.text.text,
    choice.selected_date,
    choice.selected_time,
    typed,
    text?.text,
  ];
  return words.find((word) => word !== null && word !== undefined && word !== "") ?? "";
}

/** Ids of users and channels that the contact chose; "" without any. */
export function chosenIds(choice: SlackChoice): string {
  const { selected_user: user, selected_channel: channel, selected_conversation: conversation } = choice;
  const lists = [choice.selected_users, choice.selected_channels, choice.selected_conversations];
  const ids = [user, channel, conversation, ...lists.flatMap((list) => list ?? [])];
  return ids.filter((id) => Boolean(id)).join(", ");
}
