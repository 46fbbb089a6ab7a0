import {
  ANSWER,
  createChat,
  createVectors,
  findUnknown,
  PROMPT_TOKENS,
  THOUGHT,
  type Vendor,
  write,
} from "./vendor.ts";

const NOT_FOUND = { status: 404, body: { detail: "Not Found" } };

const AZURE_ARGUMENTS = [
  "model",
  "messages",
  "max_completion_tokens",
  "max_tokens",
  "reasoning_effort",
  "store",
];

/** The deployments-API of Azure: the key in its own header, and no `safety_identifier`. */
export const azure: Vendor = {
  basePath: "/openai/deployments/chat-prod?api-version=2024-10-21",
  models: { plain: "gpt-4o-eu", thinking: "shop-gpt5-mini" },
  refusals: { plain: 1, thinking: 1 },
  embeddings: { model: "text-embedding-3-small", dimensions: 256, refusals: 0 },
  respond(call) {
    const { path, headers, model, arguments: args } = call;
    const refuse = (status: number, error: object) => ({ status, body: { error } });
    if (headers["api-key"] !== "key" || !path.endsWith("?api-version=2024-10-21"))
      return refuse(401, { code: "401", message: "Access denied due to invalid subscription key." });
    if (path.includes("/embeddings")) return createVectors(call, Number(args["dimensions"]));
    if (!path.includes("/chat/completions"))
      return refuse(404, { code: "404", message: "Resource not found" });
    const [unknown] = findUnknown(call, AZURE_ARGUMENTS);
    if (unknown !== undefined)
      return refuse(400, {
        message: `Unrecognized request argument supplied: ${unknown}`,
        type: "invalid_request_error",
        param: null,
        code: null,
      });
    const thinks = model.includes("gpt5");
    const spent = thinks ? (args["reasoning_effort"] === "minimal" ? 64 : 700) : 0;
    const filters = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] };
    const body = { model: thinks ? "gpt-5-mini-2025-08-07" : "gpt-4o-2024-11-20", ...filters };
    return createChat(call, write(call, spent), { body });
  },
};

const MISTRAL_ARGUMENTS = [
  "model",
  "messages",
  "max_tokens",
  "temperature",
  "reasoning_effort",
  "random_seed",
];

/** Lists every field that it does not know, and returns the thinking as a part of the content. */
export const mistral: Vendor = {
  basePath: "/v1",
  models: { plain: "mistral-small-latest", thinking: "magistral-medium-latest" },
  refusals: { plain: 1, thinking: 1 },
  embeddings: { model: "mistral-embed", dimensions: 1_024, refusals: 2 },
  respond(call) {
    const isEmbedding = call.path.endsWith("/embeddings");
    if (!isEmbedding && !call.path.endsWith("/chat/completions")) return NOT_FOUND;
    const known = isEmbedding ? ["model", "input"] : MISTRAL_ARGUMENTS;
    const extra = findUnknown(call, known);
    if (extra.length > 0) {
      const named = isEmbedding ? extra.slice(0, 1) : extra;
      const detail = named.map((name) => ({
        type: "extra_forbidden",
        loc: ["body", name],
        msg: "Extra inputs are not permitted",
        input: call.arguments[name],
      }));
      const about = { type: "invalid_request_error", param: null, code: null, raw_status_code: 422 };
      return { status: 422, body: { object: "error", message: { detail }, ...about } };
    }
    if (isEmbedding) return createVectors(call, 1_024);
    if (!call.model.startsWith("magistral")) return createChat(call, write(call, 0));
    const written = write(call, 900);
    const content = [
      { type: "thinking", thinking: [{ type: "text", text: THOUGHT }] },
      { type: "text", text: written.text },
    ];
    return createChat(call, written, { message: { content } });
  },
};

const GEMINI_ARGUMENTS = [
  "model",
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "reasoning_effort",
];

/** Errors are a list, thinking is counted in the total alone, and a message without text has no content. */
export const gemini: Vendor = {
  basePath: "/v1beta/openai/",
  models: { plain: "gemini-2.0-flash", thinking: "gemini-3.5-flash" },
  refusals: { plain: 2, thinking: 1 },
  embeddings: { model: "gemini-embedding-001", dimensions: 768, refusals: 0 },
  respond(call) {
    const { path, model, arguments: args } = call;
    const refuse = (message: string) => ({
      status: 400,
      body: [{ error: { code: 400, message, status: "INVALID_ARGUMENT" } }],
    });
    if (path.endsWith("/embeddings")) return createVectors(call, Number(args["dimensions"]));
    if (!path.endsWith("/chat/completions"))
      return { status: 404, body: "<html>Error 404 (Not Found)!!1</html>" };
    const unknown = findUnknown(call, GEMINI_ARGUMENTS);
    const lines = unknown.map(
      (name) => `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
    );
    if (lines.length > 0) return refuse(lines.join("\n"));
    const effort = args["reasoning_effort"];
    if (model.includes("2.0") && effort !== undefined)
      return refuse("Unable to submit request because thinking is not supported by this model.");
    if (effort === "none") return refuse("Thinking can't be disabled for this model.");
    const written = write(call, model.includes("2.0") ? 0 : effort === "low" ? 500 : 3_000);
    const visible = written.outputTokens - written.thinkingTokens;
    return createChat(call, written, {
      ...(written.text === "" ? { message: { content: undefined } } : {}),
      usage: { completion_tokens: visible, completion_tokens_details: undefined },
    });
  },
};

/** Ignores what it does not know, has no embeddings and no Responses API. */
export const anthropic: Vendor = {
  basePath: "/v1/",
  models: { plain: "claude-haiku-4-5", thinking: "claude-opus-5-5" },
  refusals: { plain: 0, thinking: 0 },
  embeddings: null,
  respond(call) {
    if (!call.path.endsWith("/chat/completions"))
      return {
        status: 404,
        body: { type: "error", error: { type: "not_found_error", message: "Not Found" } },
      };
    return createChat(call, write(call, call.model.includes("opus") ? 1_200 : 0), {
      message: { refusal: null },
      usage: { completion_tokens_details: undefined },
    });
  },
};

/** A proxy: its own error around the vendor's, with codes that are texts. */
export const litellm: Vendor = {
  basePath: "",
  models: { plain: "openai/gpt-4o-mini", thinking: "azure/o4-mini" },
  refusals: { plain: 1, thinking: 1 },
  embeddings: { model: "bge-m3", dimensions: 1_024, refusals: 1 },
  respond(call) {
    const refuse = (names: string[], status: number) => ({
      status,
      body: {
        error: {
          message: `litellm.UnsupportedParamsError: azure does not support parameters: [${names.map((name) => `'${name}'`).join(", ")}], for model=${call.model}. To drop these, set \`litellm.drop_params=True\`. Received Model Group=${call.model}\nAvailable Model Group Fallbacks=None`,
          type: "None",
          param: "None",
          code: String(status),
        },
      },
    });
    if (call.path.endsWith("/embeddings"))
      return "dimensions" in call.arguments ? refuse(["dimensions"], 500) : createVectors(call, 1_024);
    const unknown = findUnknown(call, [
      "model",
      "messages",
      "input",
      "instructions",
      "max_completion_tokens",
      "max_output_tokens",
      "reasoning_effort",
      "reasoning",
    ]);
    if (unknown.length > 0) return refuse(unknown, 400);
    const spent = call.model.includes("o4") ? 350 : 0;
    if (!call.path.endsWith("/responses")) return createChat(call, write(call, spent));
    return createResponse(call.model, write(call, spent));
  },
};

function createResponse(
  model: string,
  { text, isCut, outputTokens, thinkingTokens }: ReturnType<typeof write>,
) {
  const content = [{ type: "output_text", text, annotations: [] }];
  return {
    status: 200,
    body: {
      id: "resp_1",
      object: "response",
      status: isCut ? "incomplete" : "completed",
      incomplete_details: isCut ? { reason: "max_output_tokens" } : null,
      model,
      output: [
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: THOUGHT }] },
        {
          type: "message",
          role: "assistant",
          phase: "commentary",
          content: [{ type: "output_text", text: THOUGHT }],
        },
        ...(text === ANSWER ? [{ type: "message", role: "assistant", phase: "final_answer", content }] : []),
      ],
      usage: {
        input_tokens: PROMPT_TOKENS,
        output_tokens: outputTokens,
        output_tokens_details: { reasoning_tokens: thinkingTokens },
        total_tokens: PROMPT_TOKENS + outputTokens,
      },
    },
  };
}
