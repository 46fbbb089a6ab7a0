import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";

export interface GraphRefusal {
  status: number;
  code: number;
  subcode?: number;
  message: string;
  /** Additional text of WhatsApp. */
  details?: string;
}

/** An error in Graph's shape. The trace id is for Meta's support. */
export function graphError({ status, code, subcode, message, details }: GraphRefusal): FakeResponse {
  const data = details === undefined ? {} : { error_data: { messaging_product: "whatsapp", details } };
  const sub = subcode === undefined ? {} : { error_subcode: subcode };
  const error = { message, type: "OAuthException", code, ...data, ...sub, fbtrace_id: "AFakeTrace" };
  return jsonResponse({ error }, status);
}

/** Graph's response to an unknown call. */
export function unsupportedRequest({ method, path }: ReceivedRequest): FakeResponse {
  return graphError({
    status: 400,
    code: 100,
    subcode: 33,
    message: `Unsupported ${method} request: ${path}.`,
  });
}

/** Refuses a call without a bearer token, or with another token. */
export function refuseStranger(
  { headers }: ReceivedRequest,
  accessToken: string | undefined,
): FakeResponse | null {
  const [, token = ""] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (token !== "" && token === (accessToken ?? token)) return null;
  return graphError({ status: 401, code: 190, message: "Invalid OAuth access token." });
}

/** The error for a fault with only a status. Each product has its own code for too many calls. */
export function graphStatusError(status: number, tooMany: number): FakeResponse {
  const code =
    status === 429 ? tooMany : status === 401 ? 190 : status === 403 ? 200 : status >= 500 ? 2 : 100;
  return graphError({ status, code, message: "The fake was asked to fail." });
}
