/** A call has the name of a tool and its arguments. */
const NAME =
  /["'](?:name|function|tool|tool_name|tool_call|recipient_name|action|function_name|command)["']\s*:/;
const ARGUMENTS =
  /["'](?:arguments|parameters|params|args|kwargs|input|action_input|tool_input|tool_args|tool_calls|function_call|tool_code)["']\s*:/;
const CALLS =
  /["'](?:tool_calls|function_call|tool_uses)["']\s*:|["'](?:tool|tool_name|function_name|recipient_name)["']\s*:\s*["']/;
/** The whole text is a call without arguments, or in the form of Python. */
const BARE_CALL =
  /^(?:```\w{0,12}\s)?\s*(?:\{\s*"(?:name|tool|function|tool_name)"\s*:\s*"[\w.-]{1,80}"\s*\}|\[?(?:[a-z_]\w{0,60}[._])?[a-z_]\w{0,60}\([^()]*\)\]?)\s*(?:```)?$/i;
/** The rest of the text is a call. */
const REST_IS_CALL = /\[TOOL_CALLS\]|✿FUNCTION✿|<\|python_tag\|>|(?:to=)?functions\.\w+(?::\d+)?\s?[({]/;

/** Parley gives the model no tools. A call in its text is cut, and the text around it stays. */
export function cutToolCalls(text: string): string {
  if (BARE_CALL.test(text.trim())) return "";
  const rest = REST_IS_CALL.exec(text);
  const own = rest === null ? text : text.slice(0, rest.index);
  let kept = "";
  let from = 0;
  for (const { start, end } of findBrackets(own)) {
    if (!isCall(own.slice(start, end))) continue;
    // A call in a fence of Markdown leaves no fence.
    kept += trimEnd(from === 0 ? own.slice(0, start) : trimStart(own.slice(from, start)));
    from = end;
  }
  return from === 0 ? own : kept + trimStart(own.slice(from));
}

const trimStart = (text: string) => text.replace(/^\s{0,3}```/, "");
const trimEnd = (text: string) => text.replace(/```\w{0,12}\s{0,3}$/, "");

function isCall(text: string): boolean {
  return CALLS.test(text) || (NAME.test(text) && ARGUMENTS.test(text));
}

/** The outermost {…} and […]. One that is not closed reaches to the end. */
function findBrackets(text: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  let depth = 0;
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (isQuoted) {
      if (sign === "\\") at++;
      else if (sign === '"') isQuoted = false;
      continue;
    }
    // A quotation mark outside of brackets is one of prose.
    if (sign === '"' && depth > 0) isQuoted = true;
    else if (sign === "{" || sign === "[") {
      if (depth === 0) start = at;
      depth++;
    } else if ((sign === "}" || sign === "]") && depth > 0) {
      depth--;
      if (depth === 0) found.push({ start, end: at + 1 });
    }
  }
  return depth > 0 ? [...found, { start, end: text.length }] : found;
}
