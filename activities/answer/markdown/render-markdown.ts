import type { Definition, Nodes, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { gfmTable } from "micromark-extension-gfm-table";
import { type ReplyText, toReplyText } from "../../../db/delivery/reply-text.ts";
import { readDefinitions } from "./markdown-links.ts";
import { createShadow } from "./markdown-shadow.ts";
import { createReplyBuilder } from "./reply-builder.ts";
import { writeNode } from "./write-nodes.ts";

/** A text without any of them is the same in Markdown. */
const SIGNS = /[*_~`#[\]<>|\\&=]|^[ \t]*(?:[-+]|\d{1,9}[.)])\s|^[ \t]*-{3,}[ \t]*$/m;
/** Signs that may nest. Each of the first group may open a level of its own. */
const NESTING = /[*_~>[]|[-+#|`]+|\d[.)]/g;
/**
 * A reply of a model has a tenth of them. With many more, the parser's time grows with their square and the tree is too deep for
 * recursive functions, so such a text stays as it is.
 */
const MAX_NESTING = 1_000;
/** `<url|words>`, as Slack writes a link. */
const SLACK_LINK = /<((?:https?:\/\/|mailto:)[^<>|\s]{1,2000})\|([^<>|\n]{0,300})>/g;

const OPTIONS = {
  extensions: [
    gfmTable(),
    // "~10 minutes, ~20 EUR" is no struck text.
    gfmStrikethrough({ singleTilde: false }),
    // The screen has removed the tags. Other angle brackets and indented lines are what they look like.
    { disable: { null: ["htmlFlow", "htmlText", "codeIndented"] } },
  ],
  mdastExtensions: [gfmTableFromMarkdown(), gfmStrikethroughFromMarkdown()],
};

/**
 * A reply in Markdown as a text and marks. The tree says where the signs of Markdown are. They are removed, and everything else stays as it
 * is in the source: the parser's own text would lose numbers of lists, blank lines and characters that only look like Markdown.
 */
export function renderMarkdown(reply: string): ReplyText {
  const isPlain = !SIGNS.test(reply) || (reply.match(NESTING)?.length ?? 0) > MAX_NESTING;
  if (isPlain) return toReplyText(reply.trim());
  const source = reply.replaceAll("\r\n", "\n").replace(SLACK_LINK, "[$2]($1)");
  const root = fromMarkdown(createShadow(source), OPTIONS);
  const definitions = readDefinitions(source, listDefinitions(root));
  const builder = createReplyBuilder();
  writeNode({ source, builder, definitions, quotes: 0, writeNode }, root);
  return builder.finish();
}

function listDefinitions(node: Root | Nodes): Definition[] {
  if (node.type === "definition") return [node];
  return "children" in node ? node.children.flatMap(listDefinitions) : [];
}
