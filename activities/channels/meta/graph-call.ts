import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { EgressResponse } from "../../../infra/runtime/network/egress-guard.ts";
import { GRAPH_VERSION } from "../../../infra/channels/vendors/meta.ts";
import type { OutboundOptions, RefusalClass, SendOutcome } from "../channel.ts";
import { toFailedOutcome } from "../failed-outcome.ts";
import { classifyStatus, createRefusal, parseJson } from "../http-refusal.ts";
import { parseRetryAfterMs } from "../retry-after.ts";

/**
 * Error codes by what they mean for the next step: `"131047"` is a code whatever its subcode, `"10/2018278"` a code with its
 * subcode, `"any/1545041"` a subcode under any code. The most exact key wins.
 */
export type GraphErrorClasses = Readonly<Record<string, RefusalClass>>;

export interface GraphCall extends Pick<OutboundOptions, "egress" | "baseUrl" | "now"> {
  account: ChannelAccount;
  /** Behind the version, without a slash before it: `{id}/messages`. */
  path: string;
  body: unknown;
  signal: AbortSignal;
  classes: GraphErrorClasses;
}

/** `answered` is a 2xx with its JSON (null where it is none); what is in it is for the channel to say. */
export type GraphResponse = { kind: "responded"; body: unknown } | Exclude<SendOutcome, { kind: "accepted" }>;

const ERROR = z.looseObject({
  error: z.looseObject({ code: z.number(), error_subcode: z.number().optional() }),
});

/** One POST to Meta's Graph API with the account's token; never repeated here. */
export async function postToGraph(call: GraphCall): Promise<GraphResponse> {
  const [token] = call.account.secrets.outbound;
  if (token === undefined || token === "") return createRefusal("config", "access_token_missing");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const url = `${call.baseUrl}/${GRAPH_VERSION}/${call.path}`;
  const body = JSON.stringify(call.body);
  try {
    const response = await call.egress.request({ method: "POST", url, headers, body, signal: call.signal });
    return toGraphResponse(response, call);
  } catch (error) {
    return ensureNotAccepted(toFailedOutcome(error));
  }
}

/** What a code means by the table, without an answer at hand (a late failure told by a receipt). */
export function classifyGraphCode(classes: GraphErrorClasses, code: string): RefusalClass | undefined {
  if (Object.hasOwn(classes, code)) return classes[code];
  // Codes 200 to 299 are Graph's permissions, one code each, whatever the product.
  return /^2\d\d$/.test(code) ? "config" : undefined;
}

function toGraphResponse(
  { status, headers, text }: EgressResponse,
  { classes, now }: GraphCall,
): GraphResponse {
  const body = parseJson(text);
  const error = ERROR.safeParse(body);
  if (!error.success && status >= 200 && status < 300) return { kind: "responded", body };
  const wait = parseRetryAfterMs(headers["retry-after"], now());
  if (!error.success) return createRefusal(classifyStatus(status), `http_${status}`, wait);
  const { code, error_subcode: subcode } = error.data.error;
  const bySubcode = classes[`${code}/${subcode}`] ?? classes[`any/${subcode}`];
  if (bySubcode !== undefined) return createRefusal(bySubcode, `${code}/${subcode}`, wait);
  return createRefusal(
    classifyGraphCode(classes, String(code)) ?? classifyStatus(status),
    String(code),
    wait,
  );
}

/** A call that failed on the way was accepted by nobody. */
function ensureNotAccepted(outcome: SendOutcome): GraphResponse {
  return outcome.kind === "accepted" ? { kind: "unknown", code: "response_lost" } : outcome;
}
