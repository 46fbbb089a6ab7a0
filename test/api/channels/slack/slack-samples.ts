import type { InboundEvent } from "../../../../api/channels/channel.ts";
import { slack } from "../../../../api/channels/slack.ts";
import { sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

export const TEAM = "T0GARDEN";
export const BOT = "U0PARLEYBOT";
export const CONTACT = "U0ADA";
export const CHANNEL = "C0CLUB";
export const DIRECT = "D0ADA";
/** Ten seconds before NOW. */
export const TS = "1767348000.000100";

export const ACCOUNT = sampleAccount({
  channel: "slack",
  address: BOT,
  externalId: TEAM,
  secrets: { inbound: ["signing-now", "signing-before"], outbound: ["xoxb-1"] },
});

export function parseText(body: string | Buffer, contentType = "application/json", account = ACCOUNT) {
  const headers = { "content-type": contentType };
  return slack.parse(sampleRequest({ rawBody: Buffer.from(body as string), headers }), account);
}

export const parseForm = (form: Record<string, string>) =>
  parseText(new URLSearchParams(form).toString(), "application/x-www-form-urlencoded");

/** A message in a channel that names the bot. Its text needs no mention, because the type says so. */
export const message = (fields: object = {}) => ({
  type: "app_mention",
  user: CONTACT,
  channel: CHANNEL,
  channel_type: "channel",
  ts: TS,
  text: "Are you open today?",
  ...fields,
});

/** How such a message is meant. */
export const NAMED = { kind: "thread", isNamed: true } as const;

export const callback = (event: unknown, fields: object = {}) => ({
  type: "event_callback",
  team_id: TEAM,
  api_app_id: "A0APP",
  event_id: "Ev01",
  event_time: 1_767_348_000,
  event,
  ...fields,
});

/** The one event of a body. */
export function getOnlyEvent(parsed: ReturnType<typeof slack.parse>): InboundEvent {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const [event, ...others] = parsed.events;
  if (event === undefined || others.length > 0) throw new Error(`${parsed.events.length} events, not one`);
  return event;
}

export const eventOf = (event: unknown, fields: object = {}) =>
  getOnlyEvent(parseText(JSON.stringify(callback(event, fields))));
