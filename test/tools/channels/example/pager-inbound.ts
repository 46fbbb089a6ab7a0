import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type {
  InboundChannel,
  InboundEvent,
  InboundRequest,
  ParsedBody,
  SignatureVerdict,
} from "../../../../api/channels/channel.ts";
import {
  ignoreEvent,
  parseJsonBody,
  toFieldProblems,
  toInvalidEvent,
} from "../../../../api/channels/json-body.ts";
import type { ChannelAccount } from "../../../../db/tenants/channel-account.ts";

/** Seconds that a signed time may differ from our clock, both ways. */
const TOLERANCE_SECONDS = 300;

const BODY = z.object({ events: z.array(z.unknown()) });
const MESSAGE = z.object({
  type: z.literal("message"),
  id: z.string().min(1).max(256),
  from: z.string().min(1),
  text: z.string(),
  at: z.int(),
});
const STATE = z.object({
  type: z.literal("state"),
  id: z.string().min(1),
  state: z.enum(["delivered", "failed"]),
  code: z.string().optional(),
});
const OTHER = z.object({ type: z.string() });

/** The inbound half of a made-up pager service: a signed body holds any number of messages and states. */
export const pagerInbound: InboundChannel = {
  name: "pager",
  quietWindowMs: 700,
  acknowledgement: { status: 200, contentType: "text/plain", body: "OK" },
  verify: verifyPager,
  parse({ rawBody }): ParsedBody {
    const json = parseJsonBody(rawBody);
    if (typeof json === "string") return { ok: false, problems: [{ field: "(body)", message: json }] };
    const body = BODY.safeParse(json.value);
    if (!body.success) return { ok: false, problems: toFieldProblems(body.error) };
    return { ok: true, events: body.data.events.map((item, i) => eventOf(item, `events.${i}`)) };
  },
};

/** `X-Pager-Signature` is the hexadecimal HMAC-SHA256 of the time, a dot and the raw body. */
function verifyPager(
  { headers, rawBody, receivedAt }: InboundRequest,
  account: ChannelAccount,
): SignatureVerdict {
  const [time, signature] = [headers["x-pager-time"], headers["x-pager-signature"]];
  if (Array.isArray(time) || Array.isArray(signature))
    return { ok: false, code: "header_repeated", detail: "Each X-Pager header may be there once." };
  if (!time || !signature)
    return { ok: false, code: "signature_missing", detail: "X-Pager-Time and X-Pager-Signature are needed." };
  if (!/^\d{1,12}$/.test(time) || Math.abs(receivedAt.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS)
    return { ok: false, code: "timestamp_out_of_window", detail: "X-Pager-Time may be 300 s off at most." };
  const secretIndex = account.secrets.inbound.findIndex((secret) => {
    const expected = Buffer.from(
      createHmac("sha256", secret).update(`${time}.`).update(rawBody).digest("hex"),
    );
    const given = Buffer.from(signature);
    return secret !== "" && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (secretIndex >= 0) return { ok: true, secretIndex };
  return { ok: false, code: "signature_invalid", detail: "X-Pager-Signature does not match the raw body." };
}

function eventOf(item: unknown, place: string): InboundEvent {
  const { type } = OTHER.safeParse(item).data ?? {};
  if (type === "state") {
    const state = STATE.safeParse(item);
    if (!state.success) return ignoreEvent("state");
    const { id: providerId, state: word, code = null } = state.data;
    return { kind: "receipt", providerId, state: word, code, providerTime: null };
  }
  if (type !== undefined && type !== "message") return ignoreEvent("event");
  const message = MESSAGE.safeParse(item);
  if (!message.success) return toInvalidEvent(message.error, place);
  const { id: providerMessageId, from, text, at } = message.data;
  return { kind: "message", origin: "typed", providerMessageId, from, text, providerTime: new Date(at) };
}
