import type { Definition } from "mdast";
import { sliceNode } from "./write-children.ts";

/** `](target "title")`, after the words of a link. */
const TARGET = /^\]\(\s*(?:<([^>\n]*)>|(\S*?))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)$/;
const IMAGE = /^!\[([^\]]*)(\].*)$/s;
const DEFINED = /^\[[^\]]*\]:\s*(?:<([^>\n]*)>|(\S+))/;
const AUTOLINK = /^<([^<>\s]+)>$/;

/** The target in the source: the parser has read the shadow. Null where the source has another form. */
export function readTarget(source: string): string | null {
  const found = TARGET.exec(source);
  return found === null ? null : (found[1] ?? found[2] ?? "");
}

export function readImage(source: string): { alt: string; target: string } | null {
  const [, alt = "", rest = ""] = IMAGE.exec(source) ?? [];
  const target = readTarget(rest);
  return target === null ? null : { alt, target };
}

/** `<https://a.example>` */
export function readAutolink(source: string): string | null {
  return AUTOLINK.exec(source)?.[1] ?? null;
}

/** The targets of `[name]: target` by the parser's name. */
export function readDefinitions(source: string, nodes: readonly Definition[]): Map<string, string> {
  return new Map(
    nodes.flatMap((node) => {
      const found = DEFINED.exec(sliceNode(source, node));
      return found === null ? [] : [[node.identifier, found[1] ?? found[2] ?? ""] as const];
    }),
  );
}

/**
 * The address to write after the words of a link, or null where the words show it. A link is never hidden by its words: the contact reads
 * the address that the screen has judged.
 */
export function chooseAddress(words: string, target: string): string | null {
  const address = target.replace(/^(?:mailto|tel):/i, "");
  // A place in the reply itself.
  if (address === "" || target.startsWith("#")) return null;
  return toBare(words) === toBare(address) ? null : address;
}

function toBare(address: string): string {
  return address
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/\/$/, "");
}
