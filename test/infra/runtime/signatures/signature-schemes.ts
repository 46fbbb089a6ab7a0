import { createHash } from "node:crypto";
import fc from "fast-check";
import type { InboundChannel } from "../../../../api/channels/channel.ts";
import { slack } from "../../../../api/channels/slack.ts";
import { telegram } from "../../../../api/channels/telegram.ts";
import { twilioSms } from "../../../../api/channels/twilio-sms.ts";
import { webhook } from "../../../../api/channels/webhook.ts";
import { whatsapp } from "../../../../api/channels/whatsapp.ts";
import { ed25519PublicKey } from "../../../../infra/runtime/signatures/ed25519.ts";
import { signMetaBody } from "../../../../infra/runtime/signatures/meta-signature.ts";
import { signSlackRequest } from "../../../../infra/runtime/signatures/slack-signature.ts";
import { signStandardWebhook } from "../../../../infra/runtime/signatures/standard-webhooks.ts";
import { signTwilioRequest } from "../../../../infra/runtime/signatures/twilio-signature.ts";
import { NOW, sampleAccount, sampleRequest } from "../../../support/channels/samples.ts";

/** A request as bytes on the wire, by what an attacker may touch. The body is empty where nothing of it is signed. */
export type Wire = Readonly<Record<"url" | "body" | "signature" | "id" | "timestamp", Buffer>>;

/** The request before it is signed. */
export interface SignedInput {
  url: string;
  body: Buffer;
  id: string;
}

export interface Scheme {
  name: string;
  channel: InboundChannel;
  /** The requests that the scheme permits. */
  inputs: fc.Arbitrary<SignedInput>;
  /** Two different keys of the scheme: the half of the caller and the half of the receiver. */
  keys: readonly [Key, Key];
  sign(inputs: SignedInput, signing: string): Wire;
  headers(wire: Wire): Record<string, string>;
  /** Whether the two mean the same although their bytes differ: the vendor signs the meaning. Absent: bytes are all there is. */
  isSame?(a: Wire, b: Wire): boolean;
}

interface Key {
  signingKey: string;
  verifyingKey: string;
}

export const TIMESTAMP = Math.floor(NOW.getTime() / 1_000);
const NOTHING = Buffer.alloc(0);
const ascii = (text: string) => Buffer.from(text, "latin1");
const same = (secret: string): Key => ({ signingKey: secret, verifyingKey: secret });
const hmacKey = (fill: number) => same(`whsec_${Buffer.alloc(32, fill).toString("base64")}`);

const anyBody = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const jsonBody = fc.jsonValue({ maxDepth: 2 }).map((value) => Buffer.from(JSON.stringify(value)));
const anyId = fc.stringMatching(/^[\w-]{1,24}$/);
const anyUrl = fc
  .tuple(fc.webPath({ size: "small" }), fc.webQueryParameters({ size: "small" }))
  .map(([path, query]) => `https://chat.example.com/in${path}?${query}`);
const arbitraryInput = (body: fc.Arbitrary<Buffer>) => fc.record({ url: anyUrl, body, id: anyId });

const FORM = "application/x-www-form-urlencoded";
const field = fc.tuple(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.string({ unit: "grapheme", maxLength: 8 }),
);
const formBody = fc
  .array(field, { minLength: 1, maxLength: 6 })
  .map((fields) => Buffer.from(new URLSearchParams(fields).toString()));

function twilio(contentType: string) {
  return {
    channel: twilioSms,
    keys: [same("12345678901234567890123456789012"), same("the-previous-auth-token")] as const,
    headers: ({ signature }: Wire) => ({
      "x-twilio-signature": signature.toString("latin1"),
      "content-type": contentType,
    }),
    sign({ url, body }: SignedInput, token: string): Wire {
      const signature = ascii(signTwilioRequest({ url, rawBody: body, contentType, token }));
      return { url: ascii(url), body, signature, id: NOTHING, timestamp: NOTHING };
    },
  };
}

/** Host and query in one spelling, and the form's fields: what Twilio signs, and what is read afterwards. */
function meaningOf({ url, body }: Wire): string {
  const { origin, pathname, search } = new URL(url.toString("latin1"));
  const query = [...new URLSearchParams(search)];
  return JSON.stringify([origin, pathname, query, [...new URLSearchParams(body.toString("utf8"))]]);
}

const standard = {
  channel: webhook,
  headers: ({ id, timestamp, signature }: Wire) => ({
    "webhook-id": id.toString("latin1"),
    "webhook-timestamp": timestamp.toString("latin1"),
    "webhook-signature": signature.toString("latin1"),
  }),
  sign({ body, id }: SignedInput, secret: string): Wire {
    const signature = ascii(signStandardWebhook({ id, timestamp: TIMESTAMP, body, secrets: [secret] }));
    return { url: NOTHING, body, signature, id: ascii(id), timestamp: ascii(String(TIMESTAMP)) };
  },
};

function ed25519Key(fill: number): Key {
  const seed = Buffer.alloc(32, fill);
  return {
    signingKey: `whsk_${seed.toString("base64")}`,
    verifyingKey: `whpk_${ed25519PublicKey(seed).toString("base64")}`,
  };
}

export const SCHEMES: readonly Scheme[] = [
  {
    ...twilio(FORM),
    name: "Twilio's form",
    inputs: arbitraryInput(formBody),
    isSame: (a, b) => meaningOf(a) === meaningOf(b),
  },
  {
    ...twilio("application/json"),
    name: "Twilio's JSON",
    inputs: arbitraryInput(jsonBody).map(({ url, body, id }) => {
      const hash = createHash("sha256").update(body).digest("hex");
      return { url: `${url}&bodySHA256=${hash}`, body, id };
    }),
    isSame: (a, b) => a.body.equals(b.body) && meaningOf(a) === meaningOf(b),
  },
  {
    name: "Meta's",
    channel: whatsapp,
    inputs: arbitraryInput(anyBody),
    keys: [same("app-secret"), same("the-previous-app-secret")],
    headers: ({ signature }) => ({ "x-hub-signature-256": signature.toString("latin1") }),
    sign: ({ body }, secret) => ({
      url: NOTHING,
      body,
      signature: ascii(signMetaBody({ rawBody: body, secret })),
      id: NOTHING,
      timestamp: NOTHING,
    }),
  },
  {
    name: "Slack's",
    channel: slack,
    inputs: arbitraryInput(anyBody),
    keys: [same("signing-secret"), same("the-previous-signing-secret")],
    headers: ({ signature, timestamp }) => ({
      "x-slack-signature": signature.toString("latin1"),
      "x-slack-request-timestamp": timestamp.toString("latin1"),
    }),
    sign({ body }, secret) {
      const timestamp = String(TIMESTAMP);
      const signature = ascii(signSlackRequest({ timestamp, rawBody: body, secret }));
      return { url: NOTHING, body, signature, id: NOTHING, timestamp: ascii(timestamp) };
    },
  },
  {
    ...standard,
    name: "Standard Webhooks' HMAC",
    inputs: arbitraryInput(anyBody),
    keys: [hmacKey(7), hmacKey(8)],
  },
  {
    ...standard,
    name: "Standard Webhooks' Ed25519",
    inputs: arbitraryInput(anyBody),
    keys: [ed25519Key(9), ed25519Key(10)],
  },
  {
    // A token in a header: nothing of the request is signed, and TLS guards it.
    name: "Telegram's",
    channel: telegram,
    inputs: arbitraryInput(fc.constant(NOTHING)),
    keys: [same("a-secret-token_1"), same("the-previous-token")],
    headers: ({ signature }) => ({ "x-telegram-bot-api-secret-token": signature.toString("latin1") }),
    sign: (_said, token) => ({
      url: NOTHING,
      body: NOTHING,
      signature: ascii(token),
      id: NOTHING,
      timestamp: NOTHING,
    }),
  },
];

/** What the channel says of the request, by the secrets that it knows: the index of the one that fits, or null. */
export function findFittingSecret(
  scheme: Scheme,
  wire: Wire,
  verifying: readonly string[],
  now = NOW,
): number | null {
  const account = sampleAccount({
    channel: scheme.channel.name,
    secrets: { inbound: verifying, outbound: [] },
  });
  const url = wire.url.length === 0 ? {} : { url: wire.url.toString("latin1") };
  const request = sampleRequest({
    ...url,
    rawBody: wire.body,
    headers: scheme.headers(wire),
    receivedAt: now,
  });
  const verdict = scheme.channel.verify(request, account);
  return verdict.ok ? verdict.secretIndex : null;
}
