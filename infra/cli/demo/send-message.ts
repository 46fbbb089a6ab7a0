import type { Config } from "../../runtime/config/config.ts";
import { findContacts } from "./contacts.ts";
import type { ContactMessage, SignedPost } from "../../sandbox/fakes/contacts/fake-contacts.ts";

export interface Offered {
  message: ContactMessage;
  providerMessageId: string;
  /** Our clock when the request left, ms. */
  sentAt: number;
  /** The HTTP status of the ingress; 0 if it could not be reached. */
  status: number;
}

/** Posts a message as its vendor does. After an error it posts again with the same id, as vendors do, up to `tries` times. */
export async function sendMessage(config: Config, message: ContactMessage, tries = TRIES): Promise<Offered> {
  const request = await findContacts(message.channel).signMessage(config, message);
  const { providerMessageId } = request;
  const sentAt = Date.now();
  for (let attempt = 1; ; attempt++) {
    const status = await post(request);
    if (attempt === tries || (status !== 0 && status < 500))
      return { message, providerMessageId, sentAt, status };
    await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS * attempt, MAX_RETRY_MS)));
  }
}

const TRIES = 8;
const RETRY_MS = 400;
const MAX_RETRY_MS = 3_000;

async function post({ url, headers, body }: SignedPost): Promise<number> {
  const signal = AbortSignal.timeout(5_000);
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
