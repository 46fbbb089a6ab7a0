import { z } from "zod";
import type { ChannelAccount } from "../../../db/tenants/channel-account.ts";
import type { EgressResponse } from "../../../infra/runtime/network/egress-guard.ts";
import { GRAPH_VERSION } from "../../../infra/channels/vendors/meta.ts";
import type { OutboundOptions, RefusalClass, SendOutcome } from "../channel.ts";
import { toFailedOutcome } from "../failed-outcome.ts";
import { classifyStatus, createRefusal, parseJson } from "../http-refusal.ts";
import { parseRetryAfterMs } from "../retry-after.ts";

/**
 * Classes of error codes: `"131047"` is a code with any subcode, `"10/2018278"` a code with its subcode, `"any/1545041"` a subcode
 * of any code. The most specific key wins.
 */
export type GraphErrorClasses = Readonly<Record<string, RefusalClass>>;

export interface GraphCall extends Pick<OutboundOptions, "egress" | "baseUrl" | "now"> {
  account: ChannelAccount;
  /** The path after the version, without a slash at the start: `{id}/messages`. */
  path: string;
  body: unknown;
  signal: AbortSignal;
  classes: GraphErrorClasses;
}

/** `responded` is a 2xx with its JSON (null if it has none), which the channel has to check. */
export type GraphResponse = { kind: "responded"; body: unknown } | Exclude<SendOutcome, { kind: "accepted" }>;

const ERROR = z.looseObject({
  error: z.looseObject({ code: z.number(), error_subcode: z.number().optional() }),
});

/** One POST to Meta's Graph API with the account's token, never repeated here. */
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

/** The class of a code without its HTTP status, such as the code of a receipt. */
export function classifyGraphCode(classes: GraphErrorClasses, code: string): RefusalClass | undefined {
  if (Object.hasOwn(classes, code)) return classes[code];
  // Codes 200 to 299 are permissions of Graph, for all products.
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

/** A failed call is never accepted; this narrows the type. */
function ensureNotAccepted(outcome: SendOutcome): GraphResponse {
  return outcome.kind === "accepted" ? { kind: "unknown", code: "response_lost" } : outcome;
}
