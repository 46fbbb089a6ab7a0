import { isIP } from "node:net";
import { LinkifyIt } from "linkify-it";
import tlds from "tlds" with { type: "json" };
import { isVersion } from "../phones/phone-context.ts";
import { findPhones } from "../phones/find-phones.ts";
import { createCoverIndex } from "./covering-span.ts";
import { findHost, isOrdinaryName, isPropertyName } from "./host-names.ts";
import { APP_SCHEME, CODE_NAMES, HANDLE, REST, SLACK_MENTION, VANITY, WITH_SCHEME } from "./link-forms.ts";
import { createLinkView, type LinkView, toReplyRange } from "./link-view.ts";

/** A property is the name of one in code, such as `user.name`: no link there, and a link anywhere else. */
export type LinkKind = "url" | "email" | "phone" | "mention" | "property";

/** Something that a messenger makes a link of. */
export interface FoundLink {
  kind: LinkKind;
  /** Positions in the reply. */
  start: number;
  end: number;
  /** As the messenger reads it. */
  text: string;
  /** As it is in the reply. */
  raw: string;
}

export interface LinkSearch {
  /** Values of the placeholders of the reply: they are read in place of them. */
  placeholders?: Readonly<Record<string, string>>;
  /** The country of phone numbers without a country code. */
  phoneRegion: string | null;
}

type ViewLink = Omit<FoundLink, "raw">;

const RUN = /(?<![\p{L}\p{M}\p{N}_-])[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)+/gu;
/** A host in a text without spaces: "请访问evil.example获取". */
const LATIN_RUN =
  /(?<![\p{Script=Latin}\p{N}_-])[\p{Script=Latin}\p{N}_-]+(?:\.[\p{Script=Latin}\p{N}_-]+)+/gu;
const LOCALHOST = new RegExp(String.raw`(?<![\w.-])localhost(?=[:/][^\s:/])${REST}`, "giu");
const IPV6 = new RegExp(
  String.raw`(?:\[|(?<![\w:.]))[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:\.\d{1,3}){0,3}\]?(?:[/:?#]${REST})?`,
  "giu",
);
const TAIL = new RegExp(String.raw`(?:(?::\d{1,5}(?!\d))?(?:[/?#\\]${REST})?)`, "uy");
const END_MARKS = /[.,;:!?'"`’*_~…)\]>-]+$/u;
/** Code of Markdown. */
const CODE = /```[\s\S]*?```|`[^`\n]+`/g;
/** Marks and a label before an address of e-mail: "**help@", "Email:help@". */
const EMAIL_LEAD = /^[*~`"']*(?:\p{L}[\p{L}-]{0,19}:(?!\/))?[*~`"']*/u;
const ITALIC_EMAIL_LEAD = /^[*~`"'_]*(?:\p{L}[\p{L}-]{0,19}:(?!\/))?[*~`"'_]*/u;

const LOCAL_SIGN = /[\p{L}\p{M}\p{N}._%+'&=:/-]/u;

const linkify = new LinkifyIt({
  fuzzyLink: true,
  fuzzyEmail: true,
  urlAuth: true,
  tlds: [...tlds, "example", "test", "onion"],
});

/**
 * Everything in a reply that a messenger makes a link of. The library finds what the web takes for a link. The patterns add what
 * messengers, phones and browsers take in addition: ports and queries after a bare host, odd schemes, apps, numbers, mentions.
 */
export function findLinks(reply: string, { placeholders, phoneRegion }: LinkSearch): FoundLink[] {
  const view = createLinkView(reply, placeholders);
  const found = [
    ...findAddresses(view, reply),
    ...findPhones(view.text, { region: phoneRegion, isStrict: true }).map(({ start, end }) => ({
      kind: "phone" as const,
      start,
      end,
      text: view.text.slice(start, end),
    })),
  ];
  return found.map((link) => {
    const range = toReplyRange(view, link.start, link.end);
    return { ...link, ...range, raw: reply.slice(range.start, range.end) };
  });
}

function findAddresses(view: LinkView, reply: string): ViewLink[] {
  const { text } = view;
  const schemes = [...match(text, WITH_SCHEME), ...match(text, APP_SCHEME), ...match(text, LOCALHOST)];
  const sixes = match(text, IPV6).filter(({ text: found }) => isIpv6(found));
  const library = (linkify.match(text) ?? [])
    .filter(({ schema }) => schema !== "")
    .map(({ index, lastIndex, schema }) => ({
      kind: schema === "mailto:" ? ("email" as const) : ("url" as const),
      start: index,
      end: lastIndex,
      text: text.slice(index, lastIndex),
    }));
  return [
    ...library.map(trimEnd).map((link) => trimEmail(link, text)),
    ...schemes.map(trimEnd),
    ...sixes.map(trimEnd),
    ...match(text, VANITY).map((link) => ({ ...link, kind: "phone" as const })),
    ...findHosts(view, reply),
    ...match(text, SLACK_MENTION).map((link) => ({ ...link, kind: "mention" as const })),
    ...match(text, HANDLE)
      .filter(({ text: name }) => !CODE_NAMES.test(name))
      .map((link) => ({ ...link, kind: "mention" as const })),
  ];
}

function match(text: string, pattern: RegExp): ViewLink[] {
  return Array.from(text.matchAll(pattern), ({ 0: found, index: start }) => ({
    kind: "url",
    start,
    end: start + found.length,
    text: found,
  }));
}

/** A bracket that the link did not open ends it, and a mark at its end belongs to the sentence. */
function trimEnd<Link extends ViewLink>(link: Link): Link {
  const text = link.text.slice(0, findClosing(link.text)).replace(END_MARKS, "");
  const kept = link.text.slice(text.length).startsWith(")") && text.includes("(") ? `${text})` : text;
  return { ...link, text: kept, end: link.start + kept.length };
}

function findClosing(text: string): number {
  let open = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (sign === "(" || sign === "[") open += 1;
    else if ((sign === ")" || sign === "]") && --open < 0) return i;
  }
  return text.length;
}

/** An underscore may begin an address, so it is a mark only where another one closes it. */
function trimEmail(link: ViewLink, text: string): ViewLink {
  if (link.kind !== "email") return link;
  const isItalic = /^[*~`"']{0,3}_/.test(text.slice(link.end, link.end + 4));
  const lead = (isItalic ? ITALIC_EMAIL_LEAD : EMAIL_LEAD).exec(link.text)?.[0].length ?? 0;
  return { ...link, start: link.start + lead, text: link.text.slice(lead) };
}

/** Hosts, addresses of e-mail and IP addresses without a scheme. */
function findHosts(view: LinkView, reply: string): ViewLink[] {
  const findCode = createCoverIndex(match(view.text, CODE));
  return listRuns(view.text).flatMap((run): ViewLink[] => {
    const inner = trimRun(run);
    const host = readHost(inner.text);
    if (host === null || (hasChineseDot(view, reply, inner) && !/[a-z0-9]$/i.test(host))) return [];
    const { start } = inner;
    const end = start + host.length;
    TAIL.lastIndex = run.end;
    const tail = TAIL.exec(view.text)?.[0] ?? "";
    // "evil.example.Click here" is a host and a sentence, "evil.example.Click?d=1" is one address.
    const whole =
      end === run.end || tail.replace(END_MARKS, "") !== ""
        ? trimEnd({
            kind: "url",
            start,
            end: run.end + tail.length,
            text: view.text.slice(start, run.end) + tail,
          })
        : { kind: "url" as const, start, end, text: host };
    const local = readLocalPart(view.text, start);
    if (local !== "") {
      const text = local + whole.text;
      return [trimEmail({ kind: "email", start: start - local.length, end: whole.end, text }, view.text)];
    }
    const context = {
      before: view.text.slice(Math.max(0, start - 40), start),
      after: view.text.slice(whole.end, whole.end + 40),
    };
    if (whole.end > end) return [whole];
    if (isOrdinary(host, context)) return [];
    const isProperty = isPropertyName(host) && findCode(whole) !== undefined;
    return [isProperty ? { ...whole, kind: "property" } : whole];
  });
}

function listRuns(text: string): ViewLink[] {
  return match(text, RUN).flatMap((run) =>
    readHost(trimRun(run).text) !== null
      ? [run]
      : match(run.text, LATIN_RUN).map((part) => ({
          ...part,
          start: run.start + part.start,
          end: run.start + part.end,
        })),
  );
}

function readHost(run: string): string | null {
  return isIpv4Form(run) ? run : findHost(run);
}

function isOrdinary(host: string, context: { before: string; after: string }): boolean {
  if (/^www\./i.test(host)) return false;
  return isIpv4Form(host) ? isVersion(context.before) : isOrdinaryName(host, context);
}

/** The part of an address before a host, with its @. A login before a host is read the same way. */
function readLocalPart(text: string, hostStart: number): string {
  if (text[hostStart - 1] !== "@") return "";
  let start = hostStart - 1;
  while (start > 0 && hostStart - start < 200 && LOCAL_SIGN.test(text[start - 1] ?? "")) start -= 1;
  return start === hostStart - 1 ? "" : text.slice(start, hostStart);
}

/** Marks of Markdown around a host are no part of it. */
function trimRun(run: ViewLink): ViewLink {
  const lead = /^[_-]+/.exec(run.text)?.[0].length ?? 0;
  const text = run.text.slice(lead).replace(/[_-]+$/, "");
  return { ...run, start: run.start + lead, text };
}

/** Four numbers, also as browsers read them in octal and hexadecimal digits. */
function isIpv4Form(text: string): boolean {
  const parts = text.split(".");
  const isHex = parts.some((part) => /^0x[0-9a-f]{1,8}$/i.test(part));
  if (isHex) return parts.length >= 2 && parts.every((part) => /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(part));
  return (
    parts.length === 4 &&
    parts.every(
      (part) => /^\d{1,4}$/.test(part) && Number.parseInt(part, part.startsWith("0") ? 8 : 10) <= 255,
    )
  );
}

function isIpv6(text: string): boolean {
  const whole = /^\[?([0-9a-f:.]+)/i.exec(text)?.[1] ?? "";
  return [whole, whole.replace(/[.:]+$/, "")].some(
    (each) => isIP(each) === 6 && (each.match(/[0-9a-f]{1,4}/gi) ?? []).length >= 2,
  );
}

/** The full stop of a Chinese sentence is a dot for a browser. Between two Chinese words it ends a sentence. */
function hasChineseDot(view: LinkView, reply: string, { start, text }: ViewLink): boolean {
  return Array.from(text).some(
    (sign, i) => sign === "." && /[。｡]/u.test(reply[view.starts[start + i] ?? 0] ?? ""),
  );
}
