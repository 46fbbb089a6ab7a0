import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { jsonResponse, type FakeResponse } from "../server/response.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { Handler } from "../server/route-table.ts";
import { createFake, type Fake, type FakeOptions } from "../server/fake.ts";
import { createChatCompletion, CHAT_REQUEST } from "./chat-completions.ts";
import { createEmbeddings, EMBEDDINGS_REQUEST } from "./embeddings.ts";
import { type OpenAiCall, refuseUnknownArguments } from "./catalogue/known-arguments.ts";
import { listModels } from "./catalogue/model-catalogue.ts";
import { createModeration, MODERATIONS_REQUEST } from "./moderations.ts";
import { openAiError, OpenAiRefused, openAiStatusError } from "./catalogue/openai-error.ts";
import { RESPONSES_REQUEST } from "./response-body.ts";
import { createResponse } from "./responses.ts";

export interface OpenAiFakeOptions extends FakeOptions {
  /** Minimum time of a completion. */
  modelDelayMs?: number;
}

/** The part of OpenAI's API that Parley uses. Clients use `${baseUrl}/v1` as their base URL. */
export function createOpenAiFake({ modelDelayMs = 0, random }: OpenAiFakeOptions = {}): Fake {
  const closing = new AbortController();
  const withDelay =
    (handler: Handler): Handler =>
    async (request) => {
      if (modelDelayMs > 0) await sleep(modelDelayMs, undefined, { signal: closing.signal });
      return handler(request);
    };
  return createFake(
    {
      closing,
      routes: {
        "GET /v1/models": () => withRequestId(jsonResponse(listModels())),
        "POST /v1/responses": withDelay(createHandler("responses", RESPONSES_REQUEST, createResponse)),
        "POST /v1/chat/completions": withDelay(
          createHandler("chat", CHAT_REQUEST, (request) => jsonResponse(createChatCompletion(request))),
        ),
        "POST /v1/embeddings": createHandler("embeddings", EMBEDDINGS_REQUEST, (request) =>
          jsonResponse(createEmbeddings(request)),
        ),
        "POST /v1/moderations": createHandler("moderations", MODERATIONS_REQUEST, (request) =>
          jsonResponse(createModeration(request)),
        ),
      },
      refuse: refuseMissingKey,
      notFound: ({ method, path }) =>
        openAiError({ status: 404, message: `Unknown request URL: ${method} ${path}.` }),
      vendorError: openAiStatusError,
    },
    { random },
  );
}

/** Parses the body and calls the handler; errors become responses in OpenAI's format. */
function createHandler<Schema extends z.ZodType>(
  call: OpenAiCall,
  schema: Schema,
  respond: (body: z.infer<Schema>) => FakeResponse,
): Handler {
  return ({ body }) => {
    const request = schema.safeParse(body);
    if (!request.success) return withRequestId(invalidBody(body, request.error));
    try {
      refuseUnknownArguments(call, body);
      return withRequestId(respond(request.data));
    } catch (error) {
      if (error instanceof OpenAiRefused) return withRequestId(openAiError(error.refusal));
      throw error;
    }
  };
}

function invalidBody(body: unknown, { issues }: z.ZodError): FakeResponse {
  if (body === undefined)
    return openAiError({ status: 400, message: "We could not parse the JSON body of your request." });
  const param = issues[0]?.path.join(".") ?? "";
  return openAiError({ status: 400, param, message: `Invalid '${param}': ${issues[0]?.message}.` });
}

function refuseMissingKey({ headers }: ReceivedRequest): FakeResponse | null {
  if (/^Bearer \S+/.test(headers.authorization ?? "")) return null;
  return openAiError({ status: 401, code: "invalid_api_key", message: "You didn't provide an API key." });
}

function withRequestId(response: FakeResponse): FakeResponse {
  return {
    ...response,
    headers: { ...response.headers, "x-request-id": `req_${randomBytes(16).toString("hex")}` },
  };
}
