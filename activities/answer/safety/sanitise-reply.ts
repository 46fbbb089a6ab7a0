/** `![alt](url)` and `[text](url)`. A title starts with a space, so that no two parts of the pattern match the same characters. */
const MARKDOWN_LINK =
  /!?\[([^[\]]{0,300})\]\(\s{0,5}((?:[^()\s]|\([^()\s]{0,200}\)){0,2000})(?:\s[^()]{0,200})?\)/g;
/** Nested links are replaced from the inside out. Deeper nesting is broken up instead. */
const MAX_NESTING = 5;
const BARE_URL = /(?:https?:\/\/|(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.))[^\s<>"')\]]{1,2000}/gi;
/** Messengers turn this into a link, and some fetch a preview. It may also be two words, as in "Node.js/Express". */
const HOST_AND_PATH = /(?<![a-z0-9./@-])((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(\/[^\s<>"')\]]{1,2000})/gi;
/** `<address>` or `<link>`: a notation, not a tag. */
const AUTOLINK = /<([^\s<>@]{1,100}@[^\s<>]{1,200}|https?:\/\/[^\s<>]{1,2000})>/gi;
const HTML_TAG = /<(?:[/?]?[a-z]|!)[^<>]{0,500}>/gi;
/**
 * Control characters, invisible direction marks and tag characters, except tab and newline. A joiner stays after a letter or emoji
 * outside Latin, because Persian and family emoji need it.
 */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]|(?<=^|[\u0000-\u024F])[\u200C\u200D]/gu;

/**
 * A reply as plain text. An image or a link to a host outside the business's documents is reduced to its words, because a manipulated
 * model could leak data in a URL.
 */
export function sanitiseReply(reply: string, { allowedHosts }: { allowedHosts: readonly string[] }): string {
  const isAllowed = (url: string) => {
    const full = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `https://${url}`;
    if (!URL.canParse(full)) return false;
    const { protocol, host } = new URL(full);
    // Another scheme can contain an allowed host: `javascript://shop.example.com/%0a…`.
    return /^https?:$/.test(protocol) && allowedHosts.includes(host);
  };
  // Tags first: "http<b>s://" becomes a link when they are removed.
  const untagged = reply.replace(INVISIBLE, "").replace(AUTOLINK, "$1").replace(HTML_TAG, "");
  return (
    replaceMarkdownLinks(untagged, isAllowed)
      .replace(BARE_URL, (url) => (isAllowed(url.replace(/[.,;:!?]+$/, "")) ? url : ""))
      .replace(HOST_AND_PATH, (url, host: string, path: string) => (isAllowed(url) ? url : `${host} ${path}`))
      // Breaks up links that the steps above have created or that are nested deeper.
      .replace(/\]\(/g, "] (")
      .replace(/<(?=[a-z/!?])/gi, "< ")
      .replace(/[^\S\n]+/g, " ")
      .replace(/\n{3,}/g, "\n\n")
      .trim()
  );
}

function replaceMarkdownLinks(text: string, isAllowed: (url: string) => boolean): string {
  let current = text;
  for (let round = 0; round < MAX_NESTING; round++) {
    const next = current.replace(MARKDOWN_LINK, (_link, words: string, url: string) =>
      isAllowed(url) ? `${words} (${url})` : words,
    );
    if (next === current) break;
    current = next;
  }
  return current;
}
