import OpenAI from "openai";
import { createFetchWithLimit } from "../../../../infra/runtime/network/fetch-with-limit.ts";
import { TIME_LIMITS_MS } from "../../../../workflows/time-limits.ts";
import type { ServerOptions } from "../model-endpoint.ts";

/** The real `openai` client with its own retries off: Temporal is the only retry loop. */
export function openServer(
  { apiKey, baseUrl, organization, project }: ServerOptions,
  maxBytes: number,
): OpenAI {
  return new OpenAI({
    apiKey,
    // The client reads OPENAI_BASE_URL itself where this is undefined, and the setting is of another server.
    baseURL: baseUrl ?? OPENAI_URL,
    organization: organization ?? null,
    project: project ?? null,
    maxRetries: 0,
    timeout: TIME_LIMITS_MS.modelCall,
    fetch: createFetchWithLimit(maxBytes),
    ...(isAzure(baseUrl) ? { defaultHeaders: { "api-key": apiKey } } : {}),
  });
}

const OPENAI_URL = "https://api.openai.com/v1";

/** Azure's older API has its key in a header of its own: as a bearer it takes tokens of Entra ID only. */
function isAzure(baseUrl: string | undefined): boolean {
  if (baseUrl === undefined) return false;
  const { hostname, pathname, searchParams } = new URL(baseUrl);
  return (
    /\.azure\.(com|us|cn)$/.test(hostname) ||
    pathname.includes("/openai/deployments/") ||
    searchParams.has("api-version")
  );
}
