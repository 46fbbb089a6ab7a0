import type { InboundIgnored } from "../channel.ts";
import { ignoreEvent } from "../json-body.ts";
import { namesUnder } from "../kinds/kind-table.ts";
import { SLACK_KINDS } from "../kinds/slack-kinds.ts";

/* Events and bodies that Slack may send and that need no answer. Names that are not listed are counted together as `other`. */

const KNOWN = Object.freeze({
  event: new Set(namesUnder(SLACK_KINDS, "event")),
  message: new Set(namesUnder(SLACK_KINDS, "message")),
  body: new Set(SLACK_KINDS.filter(({ treatment }) => treatment === "ignored").map(({ kind }) => kind)),
});

/** `event.reaction_added`, `message.channel_join`; a body has its bare name, such as `app_rate_limited`. */
export function ignoreKind(place: keyof typeof KNOWN, name: string): InboundIgnored {
  if (!KNOWN[place].has(name)) return ignoreEvent(`${place}.other`);
  return ignoreEvent(place === "body" ? name : `${place}.${name}`);
}
