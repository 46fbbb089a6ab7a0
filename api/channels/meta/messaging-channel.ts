import { z } from "zod";
import type { InboundChannel, InboundEvent, ParsedBody } from "../channel.ts";
import { readMessagingChange } from "./messaging-change.ts";
import type { MessagingContext } from "./messaging-context.ts";
import { messagingItem } from "./messaging-item.ts";
import { ignoreEvent, toInvalidEvent } from "../json-body.ts";
import { META_ID, readMetaBody } from "./meta-body.ts";
import { META_EDGE } from "./meta-edge.ts";
import { splitByAccount, type AccountEvents } from "./meta-accounts.ts";

const ENTRY = z.looseObject(
  {
    id: META_ID,
    messaging: z.array(z.unknown(), { error: "must be a list of messaging events" }).nullish(),
    changes: z.array(z.unknown()).nullish().catch(null),
    standby: z.array(z.unknown()).nullish().catch(null),
  },
  { error: "must be an object with id and messaging" },
);
type Entry = z.infer<typeof ENTRY>;
const CHANGE = z.looseObject({ field: z.string() });

/** Messenger and Instagram post the same body. Only its `object` says which product it is. */
export function messagingChannel({ name, object }: { name: string; object: string }): InboundChannel {
  return {
    name,
    // Contacts write a thought in two or three messages within two seconds.
    quietWindowMs: 1_500,
    ...META_EDGE,
    parse({ rawBody, receivedAt }, account): ParsedBody {
      const body = readMetaBody(rawBody, object);
      if (!body.ok) return body;
      const pieces = body.entries.map((item, i) =>
        readEntry(item, { account, receivedAt, place: `entry.${i}` }),
      );
      return splitByAccount(pieces, account);
    },
  };
}

function readEntry(item: unknown, { place, ...context }: Omit<MessagingContext, "ownId">): AccountEvents {
  const parsed = ENTRY.safeParse(item);
  if (!parsed.success) return { externalId: null, events: [toInvalidEvent(parsed.error, place)] };
  const { id: ownId, messaging, standby, changes } = parsed.data;
  const at = (list: string, i: number) => ({ ...context, ownId, place: `${place}.${list}.${i}` });
  const events = [
    ...(messaging ?? []).flatMap((value, i) => messagingItem(value, at("messaging", i))),
    ...(changes ?? []).flatMap((change, i) => readChange(change, at("changes", i))),
    ...(standby ?? []).flatMap((value, i) => readStandby(value, at("standby", i))),
  ];
  return { externalId: ownId, events: [...events, ...ignoreOtherLists(parsed.data)] };
}

function readChange(change: unknown, context: MessagingContext): InboundEvent[] {
  const value = readMessagingChange(change);
  if (value === null) return [ignoreEvent(otherName("changes", change))];
  return messagingItem(value, { ...context, place: `${context.place}.value` });
}

const ECHO = z.looseObject({ message: z.looseObject({ is_echo: z.literal(true) }) });

/**
 * `standby` has conversations that another app answers, such as the page's inbox. Contacts wait for that app. What an agent writes there
 * silences a reply of the assistant that is still on its way.
 */
function readStandby(value: unknown, context: MessagingContext): InboundEvent[] {
  return ECHO.safeParse(value).success ? messagingItem(value, context) : [ignoreEvent("standby")];
}

const READ_LISTS = new Set(["messaging", "standby", "changes"]);

function ignoreOtherLists(entry: Entry): InboundEvent[] {
  return Object.entries(entry).flatMap(([name, list]) => {
    if (READ_LISTS.has(name) || !Array.isArray(list)) return [];
    return list.map((item: unknown) => ignoreEvent(otherName(name, item)));
  });
}

function otherName(list: string, item: unknown): string {
  const change = list === "changes" ? CHANGE.safeParse(item).data : undefined;
  return change === undefined ? `entry.${list}` : `field.${change.field}`;
}
