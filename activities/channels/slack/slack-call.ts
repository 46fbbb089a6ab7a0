import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { EgressResponse } from "../../../infra/runtime/network/egress-guard.ts";
import type { OutboundOptions } from "../channel.ts";
import { parseJson } from "../http-refusal.ts";

/** Slack's response; status null if there is no usable token. */
export type SlackCallResult = EgressResponse | { status: null };

export interface SlackCall {
  /** `chat.postMessage` */
  method: string;
  /** JSON for methods that write, part of the URL for methods that read. */
  fields: Readonly<Record<string, unknown>>;
  account: ChannelAccount;
  signal: AbortSignal;
}

/** Any other character could end the header and begin another one. */
const TOKEN = /^[\w.-]+$/;

/** Slack's Web API: one call with the account's bot token, never repeated here. Throws what the egress guard throws. */
export function createSlackCalls({ egress, baseUrl }: Pick<OutboundOptions, "egress" | "baseUrl">) {
  const headersFor = (account: ChannelAccount) => {
    const [token = ""] = account.secrets.outbound;
    return TOKEN.test(token) ? { authorization: `Bearer ${token}` } : null;
  };
  return {
    async write({ method, fields, account, signal }: SlackCall): Promise<SlackCallResult> {
      const headers = headersFor(account);
      if (headers === null) return { status: null };
      return await egress.request({
        method: "POST",
        url: `${baseUrl}/${method}`,
        // Without the charset Slack adds a warning to every response.
        headers: { ...headers, "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify(fields),
        signal,
      });
    },
    /** The response if it is `ok`, else null. */
    async read({ method, fields, account, signal }: SlackCall): Promise<unknown> {
      const headers = headersFor(account);
      if (headers === null) return null;
      const query = new URLSearchParams(fields as Record<string, string>).toString();
      const url = `${baseUrl}/${method}?${query}`;
      return parseOkBody(await egress.request({ method: "GET", url, headers, signal }));
    },
  };
}

export type SlackCalls = ReturnType<typeof createSlackCalls>;

const OK = z.looseObject({ ok: z.literal(true) });

export function parseOkBody(result: SlackCallResult): unknown {
  if (result.status !== 200) return null;
  return OK.safeParse(parseJson(result.text)).data ?? null;
}
