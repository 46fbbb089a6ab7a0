import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";

export interface GraphRefusal {
  status: number;
  code: number;
  subcode?: number;
  message: string;
  /** What WhatsApp adds in words of its own. */
  details?: string;
}

/** An error in Graph's shape; the trace id is what Meta's support would ask for. */
export function graphError({ status, code, subcode, message, details }: GraphRefusal): FakeResponse {
  const data = details === undefined ? {} : { error_data: { messaging_product: "whatsapp", details } };
  const sub = subcode === undefined ? {} : { error_subcode: subcode };
  const error = { message, type: "OAuthException", code, ...data, ...sub, fbtrace_id: "AFakeTrace" };
  return jsonResponse({ error }, status);
}

/** What Graph says to a call that it does not know. */
export function unsupportedRequest({ method, path }: ReceivedRequest): FakeResponse {
  return graphError({
    status: 400,
    code: 100,
    subcode: 33,
    message: `Unsupported ${method} request: ${path}.`,
  });
}

/** Refuses a call without a bearer token, or with another one than this. */
export function refuseStranger(
  { headers }: ReceivedRequest,
  accessToken: string | undefined,
): FakeResponse | null {
  const [, token = ""] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (token !== "" && token === (accessToken ?? token)) return null;
  return graphError({ status: 401, code: 190, message: "Invalid OAuth access token." });
}

/** For a fault that names only a status: the code that Meta sends with it; each product has its own for "too many". */
export function graphStatusError(status: number, tooMany: number): FakeResponse {
  const code =
    status === 429 ? tooMany : status === 401 ? 190 : status === 403 ? 200 : status >= 500 ? 2 : 100;
  return graphError({ status, code, message: "The fake was asked to fail." });
}
