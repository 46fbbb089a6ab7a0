export interface HiddenTag {
  /** The closing tags of the last two are ordinary signs, which close only their own kind. */
  kind: "thinking" | "tool" | "fence" | "details";
  isOpening: boolean;
  start: number;
  end: number;
}

/** In the names of tags. A reply to a contact has no tags with such names. */
const THINKING =
  /think|thought|reason|reflect|scratch_?pad|monologue|analysis|deliberat|contemplat|ponder|rationale|brainstorm|introspect|musing|self_?(check|talk)|(^|[_:.-])(cot|plan|planning|internal|inner|unused9[45])($|[_:.-])|chain_of/;
const TOOL = /tool|function|api_call|(^|[_:.-])(invoke|action|execute|observation)($|[_:.=-])/;

/** Lengths are limited, so that the search takes time in proportion to the length of the text. */
const TAGS: readonly RegExp[] = [
  // <｜DSML｜function_calls> of DeepSeek, <think>, </tool_call>, <function=find>, &lt;think&gt;, <details type="reasoning">, <|START_THINKING|>, <｜tool▁calls▁begin｜>.
  /(?:<|&lt;)[ \t]{0,3}(?:[|｜](?!DSML))?(?<slash>\/?)[ \t]{0,3}(?:[|｜]DSML[|｜])?(?<name>[a-z][\w▁:.=-]{0,60})(?<rest>[^<>]{0,200}?)[|｜]?(?:>|&gt;)/gi,
  // [THINK], [/THINK], [TOOL_CALLS], but no link of Markdown.
  /\[(?<slash>\/?)(?<name>think|thinking|thought|reasoning|tool_calls?|available_tools|tool_results)\](?!\()/gi,
  // ◁think▷ and ◁/think▷.
  /◁(?<slash>\/?)(?<name>[a-z_]{1,40})▷/gi,
  // ```thinking … ```
  /^[ \t]{0,3}```[ \t]{0,3}(?<name>thinking|think|thoughts?|reasoning|tool_call|tool_code|function_call)?[ \t]{0,3}$/gim,
];

/** All tags around thinking and calls of tools, in their order. */
export function findHiddenTags(text: string): HiddenTag[] {
  const matches = TAGS.flatMap((pattern) => [...text.matchAll(pattern)]);
  const closedNames = new Set(
    matches.filter(({ groups }) => groups?.slash === "/").map(({ groups }) => groups?.name?.toLowerCase()),
  );
  const tags = matches.map((match) => toHiddenTag(match, closedNames)).filter((tag) => tag !== null);
  return tags.toSorted((a, b) => a.start - b.start);
}

function toHiddenTag(match: RegExpExecArray, closedNames: ReadonlySet<string | undefined>): HiddenTag | null {
  const { name = "", slash = "", rest = "" } = match.groups ?? {};
  const place = { start: match.index, end: match.index + match[0].length };
  if (match[0].trimStart().startsWith("```")) return { kind: "fence", isOpening: name !== "", ...place };
  const kind = readKind(name.toLowerCase(), { rest, isClosing: slash !== "" });
  // <think/> hides nothing. <tool kit> is no tag: words after the name of one are attributes, or the tag is closed.
  const isProse = /\S/.test(rest) && !rest.includes("=") && !closedNames.has(name.toLowerCase());
  if (kind === null || isProse || rest.endsWith("/")) return null;
  return { kind, isOpening: slash === "" && !CLOSING_NAME.test(name), ...place };
}

/** <|END_THINKING|>, <｜tool▁calls▁end｜>, <end_function_call>. */
const CLOSING_NAME = /(^|[_▁])(end|close)($|[_▁])|^unused95$/i;

function readKind(
  name: string,
  { rest, isClosing }: { rest: string; isClosing: boolean },
): HiddenTag["kind"] | null {
  if (name === "details") return isClosing || /reason|think/i.test(rest) ? "details" : null;
  if (TOOL.test(name)) return "tool";
  return THINKING.test(name) ? "thinking" : null;
}
