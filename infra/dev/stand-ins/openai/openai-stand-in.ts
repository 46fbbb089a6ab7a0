import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import { jsonAnswer, type Answer } from "../server/answer.ts";
import type { ReceivedRequest } from "../server/received-request.ts";
import type { Handler } from "../server/route-table.ts";
import { createStandIn, type StandIn, type StandInOptions } from "../server/stand-in.ts";
import { chat, CHAT_REQUEST } from "./chat-completions.ts";
import { embed, EMBEDDINGS_REQUEST } from "./embeddings.ts";
import { modelList } from "./model-catalogue.ts";
import { moderate, MODERATIONS_REQUEST } from "./moderations.ts";
import { openAiError, OpenAiRefused, openAiStatusError } from "./openai-error.ts";
import { respond, RESPONSES_REQUEST } from "./responses.ts";

export interface OpenAiStandInOptions extends StandInOptions {
  /** How long every text answer takes at least. */
  modelDelayMs?: number;
}

/** OpenAI's API as far as Parley uses it. Clients get `${baseUrl}/v1` as their base URL. */
export function createOpenAiStandIn({ modelDelayMs = 0, random }: OpenAiStandInOptions = {}): StandIn {
  const closing = new AbortController();
  const slowly =
    (handler: Handler): Handler =>
    async (request) => {
      if (modelDelayMs > 0) await sleep(modelDelayMs, undefined, { signal: closing.signal });
      return handler(request);
    };
  return createStandIn(
    {
      closing,
      routes: {
        "GET /v1/models": () => withRequestId(jsonAnswer(modelList())),
        "POST /v1/responses": slowly(parsed(RESPONSES_REQUEST, respond)),
        "POST /v1/chat/completions": slowly(parsed(CHAT_REQUEST, (request) => jsonAnswer(chat(request)))),
        "POST /v1/embeddings": parsed(EMBEDDINGS_REQUEST, (request) => jsonAnswer(embed(request))),
        "POST /v1/moderations": parsed(MODERATIONS_REQUEST, (request) => jsonAnswer(moderate(request))),
      },
      refuse: refuseStranger,
      notFound: ({ method, path }) =>
        openAiError({ status: 404, message: `Unknown request URL: ${method} ${path}.` }),
      vendorError: openAiStatusError,
    },
    { random },
  );
}

/** Parses the body, answers, and puts whatever was refused on the way into OpenAI's shape. */
function parsed<Schema extends z.ZodType>(
  schema: Schema,
  answer: (body: z.infer<Schema>) => Answer,
): Handler {
  return ({ body }) => {
    const request = schema.safeParse(body);
    if (!request.success) return withRequestId(invalidBody(body, request.error));
    try {
      return withRequestId(answer(request.data));
    } catch (error) {
      if (error instanceof OpenAiRefused) return withRequestId(openAiError(error.refusal));
      throw error;
    }
  };
}

function invalidBody(body: unknown, { issues }: z.ZodError): Answer {
  if (body === undefined)
    return openAiError({ status: 400, message: "We could not parse the JSON body of your request." });
  const param = issues[0]?.path.join(".") ?? "";
  return openAiError({ status: 400, param, message: `Invalid '${param}': ${issues[0]?.message}.` });
}

function refuseStranger({ headers }: ReceivedRequest): Answer | null {
  if (/^Bearer \S+/.test(headers.authorization ?? "")) return null;
  return openAiError({ status: 401, code: "invalid_api_key", message: "You didn't provide an API key." });
}

function withRequestId(answer: Answer): Answer {
  return {
    ...answer,
    headers: { ...answer.headers, "x-request-id": `req_${randomBytes(16).toString("hex")}` },
  };
}
