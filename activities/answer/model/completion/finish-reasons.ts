/** The end of a completion. "unnamed": the server gives no reason, or one that says nothing. */
export type CompletionEnd = "whole" | "cut" | "filtered" | "failed" | "tool" | "unnamed";

/** OpenAI, Azure, Anthropic, Gemini, Mistral, TGI, Together, Cohere, Z.ai, DeepSeek, Ollama and others, without signs and in small letters. */
const ENDS: readonly [Exclude<CompletionEnd, "unnamed">, RegExp][] = [
  [
    "filtered",
    /filter|safety|sensitive|refus|recitation|blocklist|prohibited|spii|guardrail|moderat|blocked|policy/,
  ],
  ["cut", /length|max.*tokens|token ?limit|context ?window|truncat|incomplete|pause ?turn/],
  ["tool", /tool|function/],
  ["failed", /error|abort|cancel|fail|insufficient|overload|time ?out|malformed|^load$/],
  [
    "whole",
    /^(stop|stopped|stop ?(sequence|token|string|word)|end|ended|end ?turn|end ?of ?(turn|text|sequence)|eos|eos ?token|eot|complete|completed|finish|finished|done|success|normal)$/,
  ],
];

/** A reason that is not known counts as no reason: the text is whole where it is shorter than the limit. */
export function readEnd(reason: unknown): CompletionEnd {
  if (typeof reason !== "string") return "unnamed";
  const words = reason
    .toLowerCase()
    .replace(/^finish_?reason_?/, "")
    .replace(/[^a-z]+/g, " ")
    .trim();
  return ENDS.find(([, pattern]) => pattern.test(words))?.[0] ?? "unnamed";
}
