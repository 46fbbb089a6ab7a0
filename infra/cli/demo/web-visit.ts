import { createHmac } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import { DEFAULT_ACCOUNT } from "../../channels/configured-accounts.ts";

/** A visitor's session, as a page with the widget has it. */
export interface Visit {
  conversationId: string;
  token: string;
  origin: string;
}

const SESSION = z.looseObject({ token: z.string(), conversation_id: z.string() });
const TRIES = 10;
const RETRY_MS = 400;

/** Opens the session of an anonymous visitor. The same name gets the same conversation again. */
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
    const received = response === null ? "no response" : `${response.status} ${await response.text()}`;
    const isFull = response?.status === 429;
    if (!isFull) failures += 1;
    const isTransient = isFull || response === null || response.status >= 500;
    if (!isTransient || failures === TRIES)
      throw new UserError(`There is no web chat at ${config.PUBLIC_BASE_URL}: ${received}.`);
    await new Promise((again) => setTimeout(again, waitMs(response, failures)));
  }
}

export function visitUrl(config: Config, { conversationId }: Visit, path: "messages" | "stream"): string {
  return `${config.PUBLIC_BASE_URL}/v1/conversations/${conversationId}/${path}`;
}

export function visitHeaders({ token, origin }: Visit): Record<string, string> {
  return { authorization: `Bearer ${token}`, origin };
}

/** A browser generates a secret and stores it. Ours is derived from the name, so it is the same in every run. */
function deriveVisitorSecret({ PARLEY_HASH_KEY: key }: Config, name: string): string {
  return createHmac("sha256", key).update(`demo visitor\n${name}`).digest("base64url").slice(0, 22);
}

function pageOrigin({ WEB_ALLOWED_ORIGINS: allowed, PUBLIC_BASE_URL: own }: Config): string {
  return allowed?.[0] ?? new URL(own).origin;
}

function waitMs(response: Response | null, failures: number): number {
  return Number(response?.headers.get("retry-after") ?? 0) * 1000 || RETRY_MS * Math.max(1, failures);
}
