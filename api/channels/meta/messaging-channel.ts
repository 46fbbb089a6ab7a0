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
  const { id: ownId, messaging } = parsed.data;
  const events = (messaging ?? []).flatMap((value, i) =>
    messagingItem(value, { ...context, ownId, place: `${place}.messaging.${i}` }),
  );
  const changed = (parsed.data.changes ?? []).flatMap((change, i) => {
    const value = readMessagingChange(change);
    const at = { ...context, ownId, place: `${place}.changes.${i}.value` };
    return value === null ? [ignoreEvent(otherName("changes", change))] : messagingItem(value, at);
  });
  return { externalId: ownId, events: [...events, ...changed, ...ignoreOtherLists(parsed.data)] };
}

/** `standby` has conversations that another app answers. */
function ignoreOtherLists(entry: Entry): InboundEvent[] {
  return Object.entries(entry).flatMap(([name, list]) => {
    if (name === "messaging" || name === "changes" || !Array.isArray(list)) return [];
    return list.map((item: unknown) => ignoreEvent(otherName(name, item)));
  });
}

function otherName(list: string, item: unknown): string {
  if (list === "standby") return "standby";
  const change = list === "changes" ? CHANGE.safeParse(item).data : undefined;
  return change === undefined ? `entry.${list}` : `field.${change.field}`;
}
