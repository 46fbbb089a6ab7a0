import { createHmac } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import { DEFAULT_ACCOUNT } from "../../channels/configured-accounts.ts";

/** A visitor's session, as a page that shows the widget has it. */
export interface Visit {
  conversationId: string;
  token: string;
  origin: string;
}

const SESSION = z.looseObject({ token: z.string(), conversation_id: z.string() });
const TRIES = 10;
const RETRY_MS = 400;

/** An anonymous visitor opens the page. Who comes under the same name comes back to the same conversation. */
export async function openVisit(config: Config, name: string): Promise<Visit> {
  const url = `${config.PUBLIC_BASE_URL}/web/${DEFAULT_ACCOUNT}/sessions`;
  const origin = pageOrigin(config);
  const headers = { origin, "content-type": "application/json" };
  const body = JSON.stringify({ visitor_secret: deriveVisitorSecret(config, name) });
  for (let failures = 0; ;) {
    const response = await fetch(url, { method: "POST", headers, body }).catch(() => null);
    if (response?.status === 201) {
      const { token, conversation_id: conversationId } = SESSION.parse(await response.json());
      return { conversationId, token, origin };
    }
    const received = response === null ? "nothing" : `${response.status} ${await response.text()}`;
    const isFull = response?.status === 429;
    if (!isFull) failures += 1;
    const isTransient = isFull || response === null || response.status >= 500;
    if (!isTransient || failures === TRIES)
      throw new UserError(`No web chat at ${config.PUBLIC_BASE_URL}: it answered ${received}.`);
    await new Promise((again) => setTimeout(again, waitMs(response, failures)));
  }
}

export function visitUrl(config: Config, { conversationId }: Visit, path: "messages" | "stream"): string {
  return `${config.PUBLIC_BASE_URL}/v1/conversations/${conversationId}/${path}`;
}

export function visitHeaders({ token, origin }: Visit): Record<string, string> {
  return { authorization: `Bearer ${token}`, origin };
}

/** A browser would make one up and keep it; ours is the same for the same name, and nobody else's. */
function deriveVisitorSecret({ PARLEY_HASH_KEY: key }: Config, name: string): string {
  return createHmac("sha256", key).update(`demo visitor\n${name}`).digest("base64url").slice(0, 22);
}

function pageOrigin({ WEB_ALLOWED_ORIGINS: allowed, PUBLIC_BASE_URL: own }: Config): string {
  return allowed?.[0] ?? new URL(own).origin;
}

function waitMs(response: Response | null, failures: number): number {
  return Number(response?.headers.get("retry-after") ?? 0) * 1000 || RETRY_MS * Math.max(1, failures);
}
