/** Elements that format or act. Their names are no words that a reply puts in angle brackets. */
const ALWAYS =
  "a abbr applet b base basefont bdi bdo blockquote body br canvas center dd del dfn div dl dt em embed fieldset figcaption font form frame frameset h1 h2 h3 h4 h5 h6 head hr html i iframe img ins kbd li marquee math meta noframes noscript ol p param pre q rp rt ruby s samp script span strike strong style sub sup svg table tbody td tfoot th thead tr tt u ul wbr";
/** Elements whose names are also words: "<title>", "<source>". They count with an attribute only. */
const WITH_ATTRIBUTES =
  "address area article aside audio button caption cite code col colgroup data datalist details dialog figure footer header label legend link main map mark menu meter nav object optgroup option output picture portal progress search section select slot small source summary template textarea time title track var video input";

const names = (list: string) => list.replaceAll(" ", "|");
/** `<b and c>` is a comparison: the first attribute of a tag has a value. */
const ATTRIBUTES = String.raw`\s+[\w:@.-]{1,60}\s{0,5}=[^<>]{0,2000}`;
const TAG = new RegExp(
  String.raw`<(?:(?:${names(ALWAYS)})(?:${ATTRIBUTES}|\s{0,5}/?)|/(?:${names(ALWAYS)})\s{0,5}|(?:${names(WITH_ATTRIBUTES)})${ATTRIBUTES}|(?:script|iframe|style)\s[^<>]{0,2000}|!--[\s\S]{0,2000}?--|!doctype[^<>]{0,200})>`,
  "gi",
);
/** A browser repairs a tag without its end. */
const OPEN_TAG = new RegExp(
  String.raw`<(?=(?:${names(ALWAYS)})\s[^<>]{0,300}(?:on[a-z]{3,20}|href|src|srcset|style|action)\s{0,5}=|(?:script|iframe|style|object|embed|svg)\b)`,
  "gi",
);

/** Removes the tags of HTML. Other words in angle brackets stay: "<order number>", "<Enter>", "a<b". */
export function removeHtmlTags(text: string): string {
  // Two removals can leave a third: "<scr<b>ipt>".
  let current = text;
  for (let round = 0; round < 5; round++) {
    const next = current.replace(TAG, "");
    if (next === current) return next.replace(OPEN_TAG, "< ");
    current = next;
  }
  return current.replace(/<(?=[a-z/!])/gi, "< ");
}
