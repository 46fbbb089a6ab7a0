import { openHttpPeer, type PeerRequest } from "../../../../support/http-peer.ts";

export const ANSWER = "The deposit is $100.";
export const THOUGHT = "The passage says regulars may haggle, which I must not say.";
/** Tokens of the answer. */
const ANSWER_TOKENS = 8;

export interface VendorResponse {
  status: number;
  body: unknown;
}

/** A request as a server of a vendor reads it. */
export interface VendorCall {
  path: string;
  headers: PeerRequest["headers"];
  arguments: Readonly<Record<string, unknown>>;
  model: string;
  /** The limit of output tokens by either name. */
  limit: number;
  roles: string[];
}

/** What a model has written within its limit. Thinking comes first. */
export interface Written {
  text: string;
  isCut: boolean;
  thinkingTokens: number;
  outputTokens: number;
}

/** A vendor as its documentation and its recorded responses show it. */
export interface Vendor {
  /** After the host. */
  basePath: string;
  /** A model that does not think, and one that does. */
  models: { plain: string; thinking: string };
  /** Refusals that one call may meet before its arguments are right. */
  refusals: { plain: number; thinking: number };
  embeddings: { model: string; dimensions: number; refusals: number } | null;
  respond(call: VendorCall): VendorResponse;
}

export function write(call: VendorCall, thinkingTokens: number): Written {
  const spent = Math.min(thinkingTokens, call.limit);
  const left = call.limit - spent;
  const tokens = Math.min(ANSWER_TOKENS, left);
  const isCut = left < ANSWER_TOKENS;
  return {
    text: isCut ? ANSWER.slice(0, tokens) : ANSWER,
    isCut,
    thinkingTokens: spent,
    outputTokens: spent + tokens,
  };
}

export const PROMPT_TOKENS = 900;

/** OpenAI's form of a chat completion. */
export function createChat(
  { model }: Pick<VendorCall, "model">,
  { text, isCut, outputTokens, thinkingTokens }: Written,
  more: { message?: object; finishReason?: string | null; usage?: object; body?: object } = {},
): VendorResponse {
  const body = {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: text, ...more.message },
        finish_reason: more.finishReason === undefined ? (isCut ? "length" : "stop") : more.finishReason,
      },
    ],
    usage: {
      prompt_tokens: PROMPT_TOKENS,
      completion_tokens: outputTokens,
      total_tokens: PROMPT_TOKENS + outputTokens,
      completion_tokens_details: { reasoning_tokens: thinkingTokens },
      ...more.usage,
    },
    ...more.body,
  };
  return { status: 200, body };
}

export function createVectors({ arguments: { input }, model }: VendorCall, length: number): VendorResponse {
  const texts = Array.isArray(input) ? input : [input];
  const data = texts.map((_, index) => ({
    object: "embedding",
    index,
    embedding: Array.from({ length }, (__, i) => i / length),
  }));
  return {
    status: 200,
    body: { object: "list", data, model, usage: { prompt_tokens: 5, total_tokens: 5 } },
  };
}

export function findUnknown(call: VendorCall, known: readonly string[]): string[] {
  return Object.keys(call.arguments).filter((name) => !known.includes(name));
}

/** Opens the server of a vendor. The end of the test closes it. */
export async function openVendor({ basePath, respond }: Pick<Vendor, "basePath" | "respond">) {
  const statuses: number[] = [];
  const peer = await openHttpPeer((response, { path, headers, body }) => {
    const { status, body: answer } = respond(readCall(path, headers, body));
    statuses.push(status);
    const isText = typeof answer === "string";
    response
      .writeHead(status, { "content-type": isText ? "text/html" : "application/json" })
      .end(isText ? answer : JSON.stringify(answer));
  });
  return { baseUrl: `${peer.url}${basePath}`, requests: peer.requests, statuses };
}

function readCall(path: string, headers: PeerRequest["headers"], text: string): VendorCall {
  const args = JSON.parse(text) as Record<string, unknown>;
  const limit = args["max_completion_tokens"] ?? args["max_tokens"] ?? args["max_output_tokens"];
  const messages = (args["messages"] ?? []) as { role: string }[];
  return {
    path,
    headers,
    arguments: args,
    model: String(args["model"]),
    limit: typeof limit === "number" ? limit : 100_000,
    roles: messages.map(({ role }) => role),
  };
}
