import { jsonResponse, type FakeResponse } from "../../server/response.ts";

export interface OpenAiRefusal {
  status: number;
  message: string;
  code?: string;
  param?: string;
}

/** Thrown anywhere in a call; becomes the response. */
export class OpenAiRefused extends Error {
  override name = "OpenAiRefused";
  readonly refusal: OpenAiRefusal;
  constructor(refusal: OpenAiRefusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

const TYPES: Readonly<Record<number, string>> = { 429: "requests", 500: "server_error", 503: "server_error" };

export function openAiError({ status, message, code, param }: OpenAiRefusal): FakeResponse {
  const type = TYPES[status] ?? "invalid_request_error";
  return jsonResponse({ error: { message, type, param: param ?? null, code: code ?? null } }, status);
}

/** The error for a fault that gives only a status. */
export function openAiStatusError(status: number): FakeResponse {
  const code = status === 429 ? "rate_limit_exceeded" : undefined;
  return openAiError({ status, message: "The fake was asked to fail.", ...(code && { code }) });
}
