/** At most one space before the mention is removed: a pattern for all of them would be slow on a page of spaces. */
const MENTION = /[^\S\n]?<@([\w-]+)(?:\|[^<>]*)?>[:,]?/g;
/** Slack escapes the angle brackets of its users, so these are Slack's own. */
const TOKEN = /<([^<>]+)>/g;
const ENTITIES: Readonly<Record<string, string>> = Object.freeze({ "&amp;": "&", "&lt;": "<", "&gt;": ">" });

/** Slack's text in readable form, without mentions of our own name. */
export function slackText(text: string, ownIds: ReadonlySet<string>): string {
  const unnamed = text.replace(MENTION, (mention, id: string) => (ownIds.has(id) ? "" : mention));
  const withoutOwnName = unnamed === text ? text : unnamed.trim();
  return unescape(withoutOwnName.replace(TOKEN, (_token, inside: string) => formatToken(inside)));
}

/** `@U1|name`, `#C1|name`, `!here`, `!date^…|fallback`, `https://…|label`. */
function formatToken(inside: string): string {
  const bar = inside.indexOf("|");
  const [target, label] = bar < 0 ? [inside, ""] : [inside.slice(0, bar), inside.slice(bar + 1)];
  const [sign = ""] = target;
  if (sign === "@" || sign === "#") return label === "" ? target : sign + label.replace(/^[@#]/, "");
  if (sign === "!")
    return label === "" ? `@${target.slice(target.lastIndexOf("^") + 1).replace("!", "")}` : label;
  return formatLink(target, label);
}

/** The label of a link that Slack made by itself is the text that the contact wrote. */
function formatLink(target: string, label: string): string {
  if (target === `mailto:${label}` || target === `tel:${label}`) return label;
  const isOwnWords =
    label === "" || target.replace(/^[a-z]+:\/\//i, "") === label.replace(/^[a-z]+:\/\//i, "");
  return isOwnWords ? target : `${label} (${target})`;
}

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}
