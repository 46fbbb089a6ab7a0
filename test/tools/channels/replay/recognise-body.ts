import { z } from "zod";

/** A webhook body as a platform sends it: to which channel, for which senders of ours, and what goes over the wire. */
export interface RecognisedBody {
  channel: string;
  /** The vendor's ids of our numbers, pages, workspaces; empty where the body names none. */
  accountAddresses: string[];
  wire: string;
}

interface Recogniser {
  channel: string;
  shape: z.ZodType;
  accountAddresses(body: never): (string | undefined)[];
  wire?(body: never): string;
}

const form = (fields: Readonly<Record<string, string>>) => new URLSearchParams(fields).toString();

const META = z.looseObject({ entry: z.array(z.looseObject({ id: z.string() })) });
const WHATSAPP = META.extend({
  object: z.literal("whatsapp_business_account"),
  entry: z.array(
    z.looseObject({
      changes: z.array(
        z.looseObject({
          value: z.looseObject({ metadata: z.looseObject({ phone_number_id: z.string() }).optional() }),
        }),
      ),
    }),
  ),
});
const PAGE = META.extend({ object: z.literal("page") });
const INSTAGRAM = META.extend({ object: z.literal("instagram") });
const TELEGRAM = z.looseObject({ update_id: z.int() });
const SLACK_EVENT = z.looseObject({
  type: z.enum(["event_callback", "url_verification", "app_rate_limited"]),
  team_id: z.string().optional(),
});
const SLACK_PAYLOAD = z.looseObject({
  type: z.enum([
    "block_actions",
    "block_suggestion",
    "message_action",
    "shortcut",
    "view_submission",
    "view_closed",
    "interactive_message",
  ]),
  team: z.looseObject({ id: z.string() }).nullish(),
});
const SLACK_COMMAND = z
  .record(z.string(), z.string())
  .and(z.looseObject({ command: z.string().startsWith("/"), team_id: z.string() }));
const TWILIO = z
  .record(z.string(), z.string())
  .and(z.looseObject({ MessageSid: z.string(), AccountSid: z.string() }));
const LINE = z.looseObject({ destination: z.string(), events: z.array(z.unknown()) });
const STANDARD_WEBHOOK = z.looseObject({ type: z.string().startsWith("message."), data: z.looseObject({}) });

function recogniser<Shape extends z.ZodType>(
  channel: string,
  shape: Shape,
  rest: {
    accountAddresses(body: z.output<Shape>): (string | undefined)[];
    wire?(body: z.output<Shape>): string;
  },
): Recogniser {
  return { channel, shape, ...rest };
}

/** The first that fits counts. Commands and buttons of Slack are forms on the wire, and so is all of Twilio's. */
const RECOGNISERS: readonly Recogniser[] = Object.freeze([
  recogniser("whatsapp", WHATSAPP, {
    accountAddresses: ({ entry }) =>
      entry.flatMap(({ changes }) => changes.map(({ value }) => value.metadata?.phone_number_id)),
  }),
  recogniser("messenger", PAGE, { accountAddresses: ({ entry }) => entry.map(({ id }) => id) }),
  recogniser("instagram", INSTAGRAM, { accountAddresses: ({ entry }) => entry.map(({ id }) => id) }),
  recogniser("telegram", TELEGRAM, { accountAddresses: () => [] }),
  recogniser("line", LINE, { accountAddresses: ({ destination }) => [destination] }),
  recogniser("slack", SLACK_EVENT, { accountAddresses: ({ team_id: team }) => [team] }),
  recogniser("slack", SLACK_PAYLOAD, {
    accountAddresses: ({ team }) => [team?.id],
    wire: (body) => form({ payload: JSON.stringify(body) }),
  }),
  recogniser("slack", SLACK_COMMAND, { accountAddresses: ({ team_id: team }) => [team], wire: form }),
  recogniser(
    "twilio-whatsapp",
    TWILIO.refine((fields) => [fields["From"], fields["To"]].some(isWhatsappAddress)),
    { accountAddresses: ({ AccountSid: sid }) => [sid], wire: form },
  ),
  recogniser("twilio-sms", TWILIO, { accountAddresses: ({ AccountSid: sid }) => [sid], wire: form }),
  recogniser("webhook", STANDARD_WEBHOOK, { accountAddresses: () => [] }),
]);

/** Null for what no platform of ours sends. */
export function recogniseBody(value: unknown): RecognisedBody | null {
  for (const { channel, shape, accountAddresses, wire = JSON.stringify } of RECOGNISERS) {
    const parsed = shape.safeParse(value);
    if (!parsed.success) continue;
    // The recorded value goes over the wire as it is, not what the shape made of it.
    const body = value as never;
    const named = accountAddresses(body).filter((sender): sender is string => sender !== undefined);
    return { channel, accountAddresses: [...new Set(named)], wire: wire(body) };
  }
  return null;
}

function isWhatsappAddress(address: string | undefined): boolean {
  return address?.startsWith("whatsapp:") ?? false;
}
