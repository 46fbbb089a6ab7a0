import { randomUUID } from "node:crypto";
import type { FastifyReply } from "fastify";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { createStandIn, type StandIn } from "../stand-in.ts";
import { extractiveAnswer } from "./extractive-answer.ts";
import { moderation } from "./moderation.ts";
import { embed } from "./text-features.ts";

/** Models that the stand-in knows, with the day on which OpenAI ends them. */
const MODELS: Readonly<Record<string, string | undefined>> = {
  "gpt-4o": "2027-01-14",
  "gpt-4o-mini": "2027-01-14",
  "gpt-6.1-terra": undefined,
  "gpt-6.1-sol": undefined,
  "gpt-6-luna": undefined,
  "text-embedding-3-small": undefined,
  "text-embedding-3-large": undefined,
  "omni-moderation-latest": undefined,
};

interface Turn {
  role: string;
  content: string;
}

interface Completion {
  text: string;
  truncated: boolean;
  inputTokens: number;
  outputTokens: number;
}

/** OpenAI's API as far as Parley and `doctor` use it: responses, chat completions, embeddings, moderations, models. */
export function createOpenAiStandIn({ delayMs = 0 }: { delayMs?: number } = {}): StandIn {
  const standIn = createStandIn();
  const { app } = standIn;
  app.addHook("preValidation", async (request, reply) => {
    if (request.url.startsWith("/__control")) return;
    if (!/^Bearer \S+/.test(request.headers.authorization ?? "")) {
      await refuse(reply, 401, { code: "invalid_api_key", message: "Incorrect API key provided." });
    }
  });
  app.addHook("onSend", async (_request, reply) => {
    reply.header("x-request-id", `req_${randomUUID().replaceAll("-", "")}`);
  });

  app.get("/v1/models", () => ({
    object: "list",
    data: Object.entries(MODELS).map(([id, shutdownDate]) => ({
      ...{ id, object: "model", created: 1_700_000_000, owned_by: "stand-in" },
      ...(shutdownDate === undefined ? {} : { shutdown_date: shutdownDate }),
    })),
  }));

  app.post<{ Body: ResponsesBody }>("/v1/responses", async (request, reply) => {
    const { model, instructions = "", input, max_output_tokens: limit } = request.body;
    if (!(model in MODELS)) return await unknownModel(reply, model);
    const turns = typeof input === "string" ? [{ role: "user", content: input }] : input;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    return responseBody(model, complete(instructions, turns, limit));
  });

  app.post<{ Body: ChatBody }>("/v1/chat/completions", async (request, reply) => {
    const { model, messages, max_completion_tokens: limit } = request.body;
    if (!(model in MODELS)) return await unknownModel(reply, model);
    const instructions = messages.filter(({ role }) => role === "system").map(({ content }) => content);
    const turns = messages.filter(({ role }) => role !== "system");
    return chatBody(model, complete(instructions.join("\n"), turns, limit));
  });

  app.post<{ Body: EmbeddingsBody }>("/v1/embeddings", async (request, reply) => {
    const { model, input, dimensions = 1536, encoding_format: format } = request.body;
    if (!(model in MODELS)) return await unknownModel(reply, model);
    const texts = typeof input === "string" ? [input] : input;
    const tokens = texts.reduce((sum, text) => sum + encode(text).length, 0);
    const data = texts.map((text, index) => ({ object: "embedding", index, embedding: encoded(embed(text, dimensions), format) }));
    return { object: "list", model, data, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  });

  app.post<{ Body: { model?: string; input: string | string[] } }>("/v1/moderations", (request) => {
    const { model = "omni-moderation-latest", input } = request.body;
    return { id: `modr-${randomUUID()}`, model, results: [input].flat().map(moderation) };
  });
  return standIn;
}

interface ResponsesBody {
  model: string;
  instructions?: string;
  input: string | Turn[];
  max_output_tokens?: number;
}

interface ChatBody {
  model: string;
  messages: Turn[];
  max_completion_tokens?: number;
}

interface EmbeddingsBody {
  model: string;
  input: string | string[];
  dimensions?: number;
  encoding_format?: string;
}

function complete(instructions: string, turns: Turn[], limit: number | undefined): Completion {
  const lastAnswer = turns.findLastIndex(({ role }) => role === "assistant");
  const question = turns.slice(lastAnswer + 1).map(({ content }) => content).join("\n");
  const answer = extractiveAnswer(instructions, question);
  const tokens = encode(answer);
  const truncated = limit !== undefined && tokens.length > limit;
  const inputTokens = encode(instructions).length + turns.reduce((sum, { content }) => sum + encode(content).length + 4, 0);
  return { text: truncated ? answer.slice(0, limit * 3) : answer, truncated, inputTokens, outputTokens: Math.min(tokens.length, limit ?? Infinity) };
}

function responseBody(model: string, { text, truncated, inputTokens, outputTokens }: Completion) {
  const status = truncated ? "incomplete" : "completed";
  return {
    ...{ id: `resp_${randomUUID()}`, object: "response", created_at: Math.floor(Date.now() / 1000), status, model, error: null },
    incomplete_details: truncated ? { reason: "max_output_tokens" } : null,
    output: [{ id: `msg_${randomUUID()}`, type: "message", role: "assistant", status, content: [{ type: "output_text", text, annotations: [] }] }],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function chatBody(model: string, { text, truncated, inputTokens, outputTokens }: Completion) {
  return {
    ...{ id: `chatcmpl-${randomUUID()}`, object: "chat.completion", created: Math.floor(Date.now() / 1000), model },
    choices: [{ index: 0, message: { role: "assistant", content: text, refusal: null }, finish_reason: truncated ? "length" : "stop" }],
    usage: {
      ...{ prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens },
      prompt_tokens_details: { cached_tokens: 0 },
    },
  };
}

/** The client asks for base64 of little-endian 32-bit floats unless told otherwise. */
function encoded(vector: number[], format: string | undefined): number[] | string {
  return format === "base64" ? Buffer.from(Float32Array.from(vector).buffer).toString("base64") : vector;
}

async function unknownModel(reply: FastifyReply, model: string) {
  return await refuse(reply, 404, { code: "model_not_found", message: `The model '${model}' does not exist.` });
}

async function refuse(reply: FastifyReply, status: number, { code, message }: { code: string; message: string }) {
  return await reply.code(status).send({ error: { message, type: "invalid_request_error", code, param: null } });
}
