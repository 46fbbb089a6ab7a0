/*
 * The forms in which some models write their thinking without tags, and the tokens of their templates. Each function returns the text as
 * it is where the form does not occur.
 */

/** OpenAI's open models write to channels, of which only "final" is for the contact. */
export function keepFinalChannel(text: string): string {
  // Gemma has channels too, and answers after their end.
  const tagged = text
    .replace(/<\|channel>(thought|analysis)?/g, "<think>")
    .replaceAll("<channel|>", "</think>");
  if (/^\s*(analysis|commentary)(?=[A-Z\s])/.test(tagged) && tagged.includes("assistantfinal"))
    return tagged.slice(tagged.lastIndexOf("assistantfinal") + "assistantfinal".length);
  const parts = tagged.split("<|channel|>");
  if (parts.length === 1) return tagged;
  return parts
    .slice(1)
    .filter((part) => /^\s*final\b/.test(part))
    .map((part) => part.replace(/^\s*final\b[^<]{0,80}(?:<\|message\|>)?/, ""))
    .map((part) => part.split(/<\|(?:end|return|call|start)\|>/)[0] ?? "")
    .join("\n\n");
}

/** The end of a turn. After it some servers return turns that the model has made up. */
const END_OF_TURN =
  /<\|(?:im_end|eot_id|eom_id|end|return|endoftext|end_of_text|end_of_turn|end▁of▁sentence)\|>|<(?:end_of_turn|turn\|)>|<\/s>|<｜end▁of▁sentence｜>/;
const BEGIN_OF_TURN =
  /^\s*(?:<\|(?:im_start|start_header_id|start)\|>|<start_of_turn>)?(?:assistant|model)?(?:<\|(?:end_header_id|message)\|>|\n)|<s>|<bos>|<\|begin_of_text\|>|<\|START_RESPONSE\|>|<\|END_RESPONSE\|>|<\|(?:begin|end)_of_(?:solution|box)\|>/g;

/** A price or a word that the model strikes out. The tokens of a template have a space after them, or nothing after the last. */
const STRUCK_OUT = /<s>(\S[^<\n]{0,80})<\/s>(?=[^\S\n]?[^\s<[])/g;

export function cutTemplateTokens(text: string): string {
  const own = text
    .replace(STRUCK_OUT, "~~$1~~")
    .replace(BEGIN_OF_TURN, (found) => (found.trim() === "" ? found : ""));
  return own.split(END_OF_TURN).find((part) => part.trim() !== "") ?? "";
}

/** Words with which a model begins to think aloud, and those with which its answer begins. Without the latter there is no answer. */
const SPOKEN: readonly { begins: RegExp; answers: RegExp }[] = [
  {
    begins: /^\W{0,4}here(?: is|['’]s) my (?:thought|thinking|reasoning) process\W/i,
    answers: /here(?: is|['’]s) my (?:response|answer|reply)\W{0,3}/gi,
  },
  { begins: /^\s*thinking(?:\.\.\.|…)/i, answers: /(?:\.\.\.|…)\s{0,3}done thinking\.?/gi },
  {
    begins:
      /^\W{0,4}(?:thoughts?|thinking|thinking process|thought process|reasoning|chain of thought|internal monologue)\W{0,3}:/i,
    answers:
      /^\W{0,4}(?:final answer|final response|answer|response|reply)\W{0,3}:\W{0,3}(?=[\p{L}\p{N}"'$€£¥¿¡])/gimu,
  },
  {
    begins: /^\s*(?:#{1,6}\s{1,3}|\*\*)(?:thoughts?|thinking|thought process|reasoning)\b[^\n]{0,20}\n/i,
    answers: /^(?:#{1,6}\s{1,3}|\*\*)(?:final answer|final response|answer|response|reply)\b[^\n]{0,4}\n/gim,
  },
  {
    begins: /^\W{0,4}action\W{0,3}:[^\n]{0,200}\n\W{0,4}action input\W{0,3}:/i,
    answers: /^\W{0,4}final answer\W{0,3}:\W{0,3}(?=[\p{L}\p{N}"'$€£¥¿¡])/gimu,
  },
];

/** An answer of one line may begin with this word too. It is thinking where it speaks of the contact or of the prompt. */
const REASONING_LINE = /^\W{0,4}reasoning\W{0,3}:[^\n]*$/i;
const SPEAKS_OF_PROMPT =
  /\b(?:the (?:user|contact|customer|visitor|passages?|context|instructions?|prompt)|i (?:should|must|need to|will|have to)|let me|let['’]s)\b/i;

export function cutSpokenReasoning(text: string): string {
  const form = SPOKEN.find(({ begins }) => begins.test(text));
  if (form === undefined || isReasonedAnswer(text)) return text;
  const answer = [...text.matchAll(form.answers)].at(-1);
  return answer === undefined ? "" : text.slice(answer.index + answer[0].length);
}

function isReasonedAnswer(text: string): boolean {
  return REASONING_LINE.test(text.trim()) && !SPEAKS_OF_PROMPT.test(text);
}

const WRAPPER =
  /<(answer|final|final_answer|final_response|response|reply|output|result)>([^]*?)(?:<\/\1>|$)/i;

/** The text within tags around the answer. Text outside of them is thinking. */
export function unwrapAnswer(text: string): string {
  return (
    WRAPPER.exec(text)?.[2] ??
    text.replace(/<\/(?:answer|final|final_answer|final_response|response|reply)>\s*$/i, "")
  );
}

const THOUGHT_KEYS =
  /^(thoughts?|thinking|reasoning|reasoning_content|analysis|rationale|chain_of_thought|reflection)$/i;
const ANSWER_KEYS = /^(final_answer|answer|final|response|reply|message|text|content|output)$/i;

/** A model may write its thinking and its answer as fields of JSON. Other JSON stays. */
export function unwrapJson(text: string): string {
  const body = /^\s*(?:```(?:json)?\s)?\s*(\{[^]*\})\s*(?:```)?\s*$/.exec(text)?.[1];
  const fields = body === undefined ? [] : readFields(body);
  if (!fields.some(([name]) => THOUGHT_KEYS.test(name))) return text;
  const answer = fields.find(([name]) => ANSWER_KEYS.test(name))?.[1];
  return typeof answer === "string" ? answer : "";
}

function readFields(text: string): [string, unknown][] {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? Object.entries(parsed) : [];
  } catch {
    // Not logged: the text is no JSON, and is treated as a text.
    return [];
  }
}
