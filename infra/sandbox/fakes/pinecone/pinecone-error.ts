import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { Handler } from "../server/route-table.ts";

/** The control plane's error names by HTTP status. */
const NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  422: "UNPROCESSABLE_ENTITY",
  429: "RESOURCE_EXHAUSTED",
  501: "UNIMPLEMENTED",
};
/** The vector routes' gRPC codes by HTTP status. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 404: 5, 409: 6, 429: 8, 501: 12, 503: 14 };

/** Thrown anywhere in a call. Control plane and data plane have different formats for it. */
export class PineconeRefused extends Error {
  override name = "PineconeRefused";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function controlPlaneError(status: number, message: string): FakeResponse {
  return jsonResponse({ status, error: { code: NAMES[status] ?? "UNKNOWN", message } }, status);
}

export function dataPlaneError(status: number, message: string): FakeResponse {
  return jsonResponse({ code: CODES[status] ?? 13, message, details: [] }, status);
}

/** Wraps a handler: a `PineconeRefused` becomes a response in the given format. */
export function withErrorShape(
  handler: Handler,
  shape: (status: number, message: string) => FakeResponse,
): Handler {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      if (error instanceof PineconeRefused) return shape(error.status, error.message);
      throw error;
    }
  };
}
