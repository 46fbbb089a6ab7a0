import { randomUUID } from "node:crypto";
import { providerIdOf } from "../../../../api/web/message-id.ts";
import { openSession } from "../../../../api/web/session/open-session.ts";
import type { Database } from "../../../../db/connection/postgres.ts";
import { WEB } from "../../../../db/web/stream.ts";
import type { Config } from "../../../../infra/runtime/config/config.ts";
import { createSessionTokens } from "../../../../infra/runtime/encryption/session-token.ts";
import { createConfiguredVault } from "../../../../infra/runtime/encryption/vault.ts";
import {
  metaSignature,
  slackSignature,
  standardWebhookSignature,
  telegramSignature,
  twilioSignature,
  type VendorSignature,
} from "../../../support/channels/vendor-signature.ts";
import {
  type InboundBodyOf,
  messagingBody,
  QUESTION,
  slackBody,
  telegramBody,
  twilioBody,
  webhookBody,
  whatsappBody,
} from "./inbound-bodies.ts";
import type { LoadRequest } from "./open-loop.ts";

/** A request with one message, and the id of the message for the later check. */
export interface InboundLoad {
  channel: string;
  providerMessageId: string;
  request: LoadRequest;
}

interface VendorSigner {
  bodyOf: InboundBodyOf;
  sign: VendorSignature;
  secret(config: Config): string | undefined;
}

const twilio = { sign: twilioSignature, secret: (config: Config) => config.TWILIO_AUTH_TOKEN };
const VENDORS = {
  webhook: {
    bodyOf: webhookBody,
    sign: standardWebhookSignature,
    secret: (config) => config.WEBHOOK_SECRET,
  },
  "twilio-sms": { bodyOf: twilioBody(""), ...twilio },
  "twilio-whatsapp": { bodyOf: twilioBody("whatsapp:"), ...twilio },
  whatsapp: { bodyOf: whatsappBody, sign: metaSignature, secret: (config) => config.WHATSAPP_APP_SECRET },
  messenger: {
    bodyOf: messagingBody("page"),
    sign: metaSignature,
    secret: (config) => config.FACEBOOK_APP_SECRET,
  },
  instagram: {
    bodyOf: messagingBody("instagram"),
    sign: metaSignature,
    secret: (config) => config.INSTAGRAM_APP_SECRET,
  },
  telegram: {
    bodyOf: telegramBody,
    sign: telegramSignature,
    secret: (config) => config.TELEGRAM_WEBHOOK_SECRET_TOKEN,
  },
  slack: { bodyOf: slackBody, sign: slackSignature, secret: (config) => config.SLACK_SIGNING_SECRET },
} as const satisfies Readonly<Record<string, VendorSigner>>;

type LoadVendor = keyof typeof VENDORS;
export const LOAD_CHANNELS: readonly (LoadVendor | typeof WEB)[] = [
  ...(Object.keys(VENDORS) as LoadVendor[]),
  WEB,
];

/** Creates signed messages of every channel, each from its own contact. Numbers increase over the whole run, so ids are unique. */
export function createInboundLoad() {
  let number = 0;
  return {
    async make(
      channel: (typeof LOAD_CHANNELS)[number],
      count: number,
      { config, db }: { config: Config; db: Database },
    ): Promise<InboundLoad[]> {
      const numbers = Array.from({ length: count }, () => ++number);
      if (channel !== WEB) return numbers.map((each) => vendorLoad(channel, each, config));
      const sessions = webSessions(config, db);
      const made: InboundLoad[] = [];
      for (const each of numbers) made.push(await sessions(`visitor-${each}`));
      return made;
    },
  };
}

function vendorLoad(channel: LoadVendor, number: number, config: Config): InboundLoad {
  const { bodyOf, sign, secret }: VendorSigner = VENDORS[channel];
  const { providerMessageId, body } = bodyOf(number, config);
  const path = `/webhooks/${channel}/main`;
  const rawBody = Buffer.from(body);
  const headers = sign({
    url: config.PUBLIC_BASE_URL + path,
    rawBody,
    secret: secret(config) ?? "",
    at: new Date(),
    id: providerMessageId,
  });
  return { channel, providerMessageId, request: { method: "POST", path, headers, body: rawBody } };
}

/** A page opens its session long before its visitor writes, so sessions are opened in advance. */
function webSessions(config: Config, db: Database) {
  const vault = createConfiguredVault(config);
  const tokens = createSessionTokens(config.PARLEY_ENCRYPTION_KEYS);
  const account = { tenantId: config.PARLEY_TENANT, accountId: "main" };
  return async (visitor: string): Promise<InboundLoad> => {
    const { token, conversation_id: id } = await openSession({ db, vault, tokens }, account, visitor);
    const clientId = randomUUID();
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const body = Buffer.from(JSON.stringify({ id: clientId, text: QUESTION }));
    const request = { method: "POST" as const, path: `/v1/conversations/${id}/messages`, headers, body };
    return { channel: WEB, providerMessageId: providerIdOf(id, clientId), request };
  };
}
