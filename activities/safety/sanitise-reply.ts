/** `![alt](url)` and `[text](url)`, both bounded. */
const MARKDOWN_LINK = /!?\[([^\]]{0,300})\]\(([^)\s]{0,2000})[^)]{0,200}\)/g;
const BARE_URL = /\b(?:https?:\/\/|www\.)[^\s<>"')\]]{1,2000}/gi;
const HTML_TAG = /<\/?[a-z][^<>]{0,500}>/gi;
/** Control characters and invisible direction marks; tab and newline stay. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const INVISIBLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u2064\uFEFF]/g;

/**
 * A reply as plain text. An image or a link to a host that the business's documents do not name is reduced to its words: a model
 * that was talked into it could carry data out in an address.
 */
export function sanitiseReply(reply: string, { allowedHosts }: { allowedHosts: readonly string[] }): string {
  const isAllowed = (url: string) => {
    const full = /^www\./i.test(url) ? `https://${url}` : url;
    return URL.canParse(full) && allowedHosts.includes(new URL(full).host);
  };
  return reply
    .replace(INVISIBLE, "")
    .replace(MARKDOWN_LINK, (_link, text: string, url: string) =>
      isAllowed(url) ? `${text} (${url})` : text,
    )
    .replace(BARE_URL, (url) => (isAllowed(url.replace(/[.,;:!?]+$/, "")) ? url : ""))
    .replace(HTML_TAG, "")
    .replace(/[^\S\n]+/g, " ")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
