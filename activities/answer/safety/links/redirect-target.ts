/** A page that sends its reader on names the next page after one of these words, as a parameter or as a part of its path. */
const TARGET =
  /[?&;#/](?:ur[il]|u|r|go|to|out|away|exit|leave|jump|link|href|(?:redir(?:ect)?|return|next|dest(?:ination)?|continue|goto|forward|callback|target|back|login)(?:[_-]?(?:to|ur[il]|link|page|path))?)(?:\[\])?[=/]([^&;#\s]*)/gi;
/** A browser reads an IPv4 address also as one number, in decimal or hexadecimal digits, or with less than four parts. */
const NUMBER_HOST = /^(?:0x[0-9a-f]{6,8}|\d{8,11}|\d{1,4}(?:\.\d{1,8}){1,3})(?![\w-])/i;
const SCHEME =
  /(?<![a-z])(?:https?|ftps?|wss?|javascript|vbscript|data|blob|file|intent|tel|sms|mailto|tg|whatsapp):/i;
/** A host after two slashes needs no ending: "//localhost", "//3325256711". */
const AUTHORITY = /\\|\/{2,}[^/\s]/;
const ENCODED_RUN = /[A-Za-z0-9+_-]{8,2000}/g;
/** More rounds than a chain of redirects decodes. */
const MAX_ROUNDS = 5;

/**
 * True if the path, query or fragment of a URL names another address, plain, percent-encoded, or in base64 or hexadecimal digits. Such a
 * page may be a redirect. `hasLink` is true for a text that contains a link.
 */
export function namesAddress({ pathname, search, hash }: URL, hasLink: (text: string) => boolean): boolean {
  const rest = decodePercent(`${pathname}${search}${hash}`);
  if (AUTHORITY.test(rest) || SCHEME.test(rest)) return true;
  if (Array.from(rest.matchAll(TARGET), ([, value]) => value ?? "").some((value) => NUMBER_HOST.test(value)))
    return true;
  const values = rest.replace(/[=&?#;,]/g, " ");
  return [values, values.replaceAll("/", " "), decodeRuns(rest)].some(hasLink);
}

/** A target may be encoded once for each page on its way. Browsers ignore control characters in a URL. */
function decodePercent(rest: string): string {
  let text = rest;
  for (let round = 0; round < MAX_ROUNDS; round++)
    text = text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) =>
      Buffer.from(codes.replaceAll("%", ""), "hex").toString("utf8"),
    );
  return text.replace(/\p{Cc}/gu, "");
}

/**
 * The texts in the runs of base64 and hexadecimal digits. An address may have other bytes around it, and other signs may shift the groups of
 * digits.
 */
function decodeRuns(rest: string): string {
  return (rest.match(ENCODED_RUN) ?? [])
    .flatMap((run) => [
      ...[0, 1, 2, 3].map((shift) => Buffer.from(run.slice(shift), "base64")),
      ...[0, 1].map((shift) => Buffer.from(run.slice(shift), "hex")),
    ])
    .flatMap(
      (bytes) =>
        bytes
          .toString("latin1")
          .replaceAll("\0", "")
          .match(/[\x20-\x7E]{5,}/g) ?? [],
    )
    .join(" ");
}
