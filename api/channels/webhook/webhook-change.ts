import { z } from "zod";
import type { InboundChange } from "../channel.ts";
import type { WebhookContext } from "./webhook-body.ts";
import { FROM, idField, TEXT, THREAD } from "./webhook-fields.ts";

export const DELETE_DATA = z.looseObject(
  {
    id: idField("the webhook-id that the message came with"),
    from: FROM,
    thread: THREAD,
  },
  { error: "must be an object with id and from" },
);
export const EDIT_DATA = DELETE_DATA.extend({ text: TEXT });

/** The data of `message.edited`: the message and its new text. */
export function webhookEdit(data: unknown, context: WebhookContext): z.ZodSafeParseResult<InboundChange> {
  return EDIT_DATA.transform(({ text, ...target }) =>
    changeOf("edit", { ...target, text }, context),
  ).safeParse(data);
}

/** The data of `message.deleted`. */
export function webhookDelete(data: unknown, context: WebhookContext): z.ZodSafeParseResult<InboundChange> {
  return DELETE_DATA.transform((target) => changeOf("delete", { ...target, text: "" }, context)).safeParse(
    data,
  );
}

function changeOf(
  kind: InboundChange["kind"],
  { id, from, thread, text }: { id: string; from: string; thread?: string | undefined; text: string },
  { id: changeId, happenedAt: providerTime }: WebhookContext,
): InboundChange {
  const place = thread === undefined ? {} : { thread };
  return { kind, changeId, from, ...place, targetMessageId: id, text, providerTime };
}
