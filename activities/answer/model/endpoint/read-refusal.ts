import { APIError } from "openai";

/** The longest text that is searched. A refusal is one sentence; a gateway may repeat the whole prompt in it. */
const MAX_TEXT = 2_000;
const MAX_TEXTS = 200;
/** Fields that repeat what was sent. */
const ECHOES: ReadonlySet<string> = new Set([
  "input",
  "ctx",
  "received",
  "body",
  "request",
  "messages",
  "url",
]);

/** Statuses of a refused argument. LiteLLM and others respond with a 500 to what they do not support. */
const STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 415, 422, 500, 501]);

/** The texts of a response that refused a call, or null where the error is of another kind. Such a call was not paid. */
export function readRefusalTexts(error: unknown): string[] | null {
  if (!(error instanceof APIError) || error.status === undefined || !STATUSES.has(error.status)) return null;
  const texts: string[] = [];
  collect(error.error ?? error.message, texts);
  return texts;
}

/** Texts and the names of fields: pydantic has the argument in a list, other validators as the name of a field. */
function collect(value: unknown, texts: string[]): void {
  if (texts.length >= MAX_TEXTS) return;
  if (typeof value === "string") {
    const nested = parseNested(value);
    // The address of a guide has words that name no argument of this call.
    if (nested === null) texts.push(value.slice(0, MAX_TEXT).replace(/https?:\/\/\S+/g, ""));
    else collect(nested, texts);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, texts);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      if (ECHOES.has(name)) continue;
      texts.push(name);
      collect(field, texts);
    }
  }
}

/** Gateways put the JSON of the vendor into a text. */
function parseNested(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" ? parsed : null;
  } catch {
    // Not logged: the text is searched as it is.
    return null;
  }
}

/** A prompt and its completion are together longer than the model's context. */
export function isContextRefusal(texts: readonly string[]): boolean {
  return texts.some((text) => CONTEXT.test(text));
}

const CONTEXT =
  /context[_ ](length|window|size)|maximum (context|model|input|prompt|sequence) (length|tokens)|max[_ ](model|input|total)[_ ](len|length|tokens)|prompt (is )?too (long|large)|too many (input )?tokens|input (is |token count |length )?(too long|exceeds)|exceeds? the (available |maximum |model's )?(context|number of (input )?tokens)|inputs?[`'"]? tokens? \+ `?max|range of input length/i;
