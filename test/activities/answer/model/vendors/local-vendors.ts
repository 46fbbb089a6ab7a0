import {
  createChat,
  createVectors,
  findUnknown,
  THOUGHT,
  type Vendor,
  type VendorCall,
  write,
} from "./vendor.ts";

/** Versions without the Responses API. */
const isUnknownPath = ({ path }: VendorCall) => !/\/(chat\/completions|embeddings)$/.test(path);
const NOT_FOUND = { status: 404, body: { detail: "Not Found" } };
const PAGE_NOT_FOUND = { status: 404, body: "404 page not found" };

const VLLM_CONTEXT = 4_096;
const QUESTION_TOKENS = 900;

const refuseVllm = (message: string, status = 400) => ({
  status,
  body: { object: "error", message, type: "BadRequestError", param: null, code: status },
});

/** Without a parser for the model its thinking stays in the text, and the template has written the opening tag. A small context. */
export const vllm: Vendor = {
  basePath: "/v1",
  models: { plain: "meta-llama/Llama-3.1-8B-Instruct", thinking: "Qwen/QwQ-32B" },
  refusals: { plain: 1, thinking: 1 },
  embeddings: { model: "BAAI/bge-m3", dimensions: 1_024, refusals: 1 },
  respond(call) {
    if (isUnknownPath(call)) return NOT_FOUND;
    if (call.path.endsWith("/embeddings"))
      return "dimensions" in call.arguments
        ? refuseVllm(
            `Model "${call.model}" does not support matryoshka representation, changing output dimensions will lead to poor results.`,
          )
        : createVectors(call, 1_024);
    if (call.limit + QUESTION_TOKENS > VLLM_CONTEXT)
      return refuseVllm(
        `'max_tokens' or 'max_completion_tokens' is too large: ${call.limit}. This model's maximum context length is ${VLLM_CONTEXT} tokens and your request has ${QUESTION_TOKENS} input tokens (${call.limit} > ${VLLM_CONTEXT} - ${QUESTION_TOKENS}). None`,
      );
    return createTagged(call);
  },
};

function createTagged(call: VendorCall) {
  if (!call.model.includes("QwQ"))
    return createChat(call, write(call, 0), { message: { reasoning_content: null } });
  const written = write(call, 200);
  return createChat(call, written, { message: { content: `${THOUGHT}\n</think>\n\n${written.text}` } });
}

const OLD_VLLM_ARGUMENTS = ["model", "messages", "max_tokens", "temperature", "stream"];

/** An older version: unknown fields are refused by their Python names, and the template wants roles that alternate. */
export const olderVllm: Vendor = {
  basePath: "/v1",
  models: { plain: "mistralai/Mistral-7B-Instruct", thinking: "deepseek-ai/DeepSeek-R1" },
  refusals: { plain: 2, thinking: 2 },
  embeddings: null,
  respond(call) {
    if (isUnknownPath(call)) return NOT_FOUND;
    const extra = findUnknown(call, OLD_VLLM_ARGUMENTS);
    const details = extra.map(
      (name) =>
        `{'type': 'extra_forbidden', 'loc': ('body', '${name}'), 'msg': 'Extra inputs are not permitted', 'input': 400}`,
    );
    if (details.length > 0) return refuseVllm(`[${details.join(", ")}]`);
    const [, ...others] = call.roles;
    if (others.some((role, i) => role === others[i - 1]))
      return refuseVllm("Conversation roles must alternate user/assistant/user/assistant/...");
    if (!call.model.includes("R1")) return createChat(call, write(call, 0));
    const written = write(call, 1_500);
    return createChat(call, written, {
      message: { reasoning_content: THOUGHT, content: `\n\n${written.text}` },
    });
  },
};

/** The thinking in a field of its own, and an effort that a model without thinking refuses in words of its own. */
export const ollama: Vendor = {
  basePath: "/v1",
  models: { plain: "llama3.2:3b", thinking: "gpt-oss:20b" },
  refusals: { plain: 0, thinking: 0 },
  embeddings: { model: "nomic-embed-text", dimensions: 768, refusals: 0 },
  respond(call) {
    if (isUnknownPath(call)) return PAGE_NOT_FOUND;
    if (call.path.endsWith("/embeddings")) return createVectors(call, 768);
    const { model, arguments: args } = call;
    const effort = args["reasoning_effort"];
    const thinks = model.startsWith("gpt-oss");
    if (effort !== undefined && !thinks)
      return {
        status: 400,
        body: {
          error: {
            message: `"${model}" does not support thinking`,
            type: "invalid_request_error",
            param: null,
            code: null,
          },
        },
      };
    const written = write(call, thinks ? (effort === "low" ? 150 : 2_000) : 0);
    const message = thinks ? { reasoning: THOUGHT } : {};
    return createChat(call, written, { message, usage: { completion_tokens_details: undefined } });
  },
};

/** Errors are a text, tokens are sometimes not counted, and channels of a model may stay in the text. */
export const lmStudio: Vendor = {
  basePath: "/v1",
  models: { plain: "qwen2.5-7b-instruct", thinking: "openai/gpt-oss-20b" },
  refusals: { plain: 1, thinking: 1 },
  embeddings: { model: "text-embedding-nomic-embed-text-v1.5", dimensions: 768, refusals: 0 },
  respond(call) {
    if (isUnknownPath(call)) return PAGE_NOT_FOUND;
    if (call.path.endsWith("/embeddings")) return createVectors(call, 768);
    if ("safety_identifier" in call.arguments)
      return { status: 400, body: { error: "Unrecognized key(s) in object: 'safety_identifier'" } };
    const thinks = call.model.includes("gpt-oss");
    const written = write(call, thinks ? 300 : 0);
    const content = `<|channel|>analysis<|message|>${THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>${written.text}`;
    const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
    return createChat(call, written, { usage, ...(thinks ? { message: { content } } : {}) });
  },
};
