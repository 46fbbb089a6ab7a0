type Attributes = Readonly<Record<string, string>>;

/** Elements that begin a line of their own. */
export const BLOCKS = new Set(
  "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form header hr html legend li main menu ol p pre search section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);
/** Elements that a browser sets apart from the words next to them. */
export const APART = new Set(["button", "label", "option", "select", "textarea"]);
/** Elements whose content a reader does not see, or that repeat on each page. */
const DROPPED = new Set(
  "script style template noscript nav iframe object embed audio video canvas datalist annotation rp".split(
    " ",
  ),
);
const DROPPED_ROLES = new Set(["navigation", "dialog", "alertdialog"]);
const CONSENT_BANNER =
  /(?:^|[\s_-])(?:cookie|consent|gdpr)s?[\s_-]?(?:banner|notice|bar|popup|modal|overlay|dialog)/i;
const HIDDEN_STYLE = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;
const PANEL_CLASS = /accordion|collaps|panel|tab-?(?:content|pane)|faq|answer|expand|toggle|drawer/i;
const TOGGLE_CLASS = /question|toggle|accordion|expand|collaps/i;
const PANEL_ID =
  /(?:aria-controls|data-(?:bs-)?target)\s*=\s*["']?#?([^\s"'>]+)|\bhref\s*=\s*["']?#([^\s"'>]+)/gi;
/** Fields whose value is on the page. */
const SHOWN_INPUTS = new Set([
  "",
  "text",
  "search",
  "tel",
  "url",
  "email",
  "number",
  "date",
  "time",
  "button",
  "submit",
  "reset",
]);

/** The ids of elements that a press of the reader shows, such as the answers of an accordion. */
export function findPanels(source: string): ReadonlySet<string> {
  return new Set(
    Array.from(source.matchAll(PANEL_ID), ([, controlled, linked]) => controlled ?? linked ?? ""),
  );
}

/** True for an element that no reader sees, also after a press, and for navigation and consent banners. */
export function isDropped(
  name: string,
  attributes: Attributes,
  { panels, isBelowToggle }: { panels: ReadonlySet<string>; isBelowToggle: boolean },
): boolean {
  // The content of a component that the page declares is shown.
  if (name === "template" && attributes["shadowrootmode"] !== undefined) return false;
  if (DROPPED.has(name) || DROPPED_ROLES.has(attributes["role"] ?? "")) return true;
  if (CONSENT_BANNER.test(`${attributes["id"] ?? ""} ${attributes["class"] ?? ""}`)) return true;
  return isHidden(name, attributes) && !isBelowToggle && !isPanel(attributes, panels);
}

/** True for an element that a press may use to show the one after it. */
export function isToggle(name: string, attributes: Attributes): boolean {
  const canPress = attributes["onclick"] !== undefined || attributes["role"] === "button";
  return (
    canPress || /^(?:h[2-6]|dt|button|label)$/.test(name) || TOGGLE_CLASS.test(attributes["class"] ?? "")
  );
}

function isHidden(name: string, { hidden, style, open }: Attributes): boolean {
  if (name === "dialog" && open === undefined) return true;
  return (hidden !== undefined && hidden !== "until-found") || HIDDEN_STYLE.test(style ?? "");
}

function isPanel(attributes: Attributes, panels: ReadonlySet<string>): boolean {
  const { id = "", role = "" } = attributes;
  return (
    panels.has(id) || role === "tabpanel" || role === "region" || PANEL_CLASS.test(attributes["class"] ?? "")
  );
}

/** True for the question of an accordion, which a press opens. */
export function isQuestion(name: string, attributes: Attributes): boolean {
  if (name === "summary") return true;
  const canPress = name === "button" || attributes["role"] === "button";
  return (
    canPress && (attributes["aria-expanded"] !== undefined || attributes["data-bs-toggle"] === "collapse")
  );
}

/** The words that an element shows through its attributes: an image's description, a field's value, the label of a tab. */
export function findShownAttribute(name: string, attributes: Attributes): string {
  if (name === "img") return findFirst(attributes, ["alt", "aria-label", "title"]);
  if (name === "area") return attributes["alt"] ?? "";
  if (name === "input" && attributes["type"] === "image") return attributes["alt"] ?? "";
  if (name === "input")
    return SHOWN_INPUTS.has(attributes["type"] ?? "") ? findFirst(attributes, ["value", "placeholder"]) : "";
  if (name === "textarea") return attributes["placeholder"] ?? "";
  if (name === "optgroup" || name === "option") return attributes["label"] ?? "";
  // Components of documentation systems, which the build of their site replaces.
  if (/^(?:tab|tabitem|card|step|steps|accordion|accordionitem|expandable)$/.test(name))
    return attributes["label"] ?? attributes["title"] ?? "";
  return "";
}

/**
 * The name of a link, a button or a picture, to keep if it has no words. Null for other elements, and for a link within the page: its
 * name is a mark such as "Permalink". `#` alone is the address of links that a script answers.
 */
export function findLabel(name: string, attributes: Attributes): string | null {
  const { href = "", role = "" } = attributes;
  if (!/^(?:a|button|summary)$/.test(name) && !/^(?:button|link|img|tab)$/.test(role)) return null;
  if (href.length > 1 && href.startsWith("#")) return null;
  return findFirst(attributes, ["aria-label", "title"]).trim();
}

/** The first of the attributes that is not empty. */
function findFirst(attributes: Attributes, names: readonly string[]): string {
  return names.map((name) => attributes[name] ?? "").find((value) => value.trim() !== "") ?? "";
}

/** The address to keep next to a link's text. Null for one that leads nowhere outside the page. */
export function findAddress(href: string | undefined, base: string | null): string | null {
  const address = (href ?? "").trim();
  if (/^(?:mailto|tel|sms):/i.test(address)) return address.replace(/^[a-z]+:|\?.*$/gi, "");
  if (address === "" || address.startsWith("#")) return null;
  const url = URL.parse(address, base ?? undefined);
  return url !== null && /^https?:$/.test(url.protocol) ? (base === null ? address : url.href) : null;
}

/** The address of the page itself, for its relative links. */
export function findBase(source: string): string | null {
  const head = source.slice(0, 65_536);
  const [, base, canonical] =
    /<base\s[^>]*href\s*=\s*["']?(https?:[^\s"'>]+)|<link\s(?=[^>]*canonical)[^>]*href\s*=\s*["']?(https?:[^\s"'>]+)/i.exec(
      head,
    ) ?? [];
  return base ?? canonical ?? null;
}
