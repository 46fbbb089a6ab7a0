import type { getDocumentProxy } from "unpdf";

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>;
export type Page = Awaited<ReturnType<Pdf["getPage"]>>;

/** A piece of text at its place, in points from the top left corner of the page as it is shown. */
export interface Item {
  text: string;
  left: number;
  right: number;
  /** Of the baseline. */
  y: number;
  /** Of the font. */
  size: number;
  isRightToLeft: boolean;
}

export interface PageText {
  items: Item[];
  /** Texts that do not run from left to right, in the order of the file. */
  turned: string[];
  /** Addresses of links and other words that the page does not show. */
  added: string[];
  /** Characters whose font has no letters for them. */
  unreadable: number;
}

interface Annotation {
  subtype?: string;
  url?: string;
  rect: [number, number, number, number];
  fieldValue?: unknown;
  hidden?: boolean;
  contentsObj?: { str?: string };
}

/** Private use and replacement: a font without a table of its letters. */
const UNREADABLE = /[\uE000-\uF8FF\uFFFD\u{F0000}-\u{10FFFD}]/gu;

/** The texts of a page, the values of its form fields, its notes on the page, and the addresses of its links. */
export async function readPageItems(page: Page): Promise<PageText> {
  const [a, b, c, d, e, f] = page.getViewport({ scale: 1 }).transform as Matrix;
  const content = await page.getTextContent({ includeMarkedContent: false });
  const found: PageText = { items: [], turned: [], added: [], unreadable: 0 };
  for (const { str, transform, width, dir, fontName } of content.items.filter((item) => "str" in item)) {
    const text = str.replace(UNREADABLE, "");
    found.unreadable += str.length - text.length;
    if (text.trim() === "") continue;
    const [ta, tb, , , te, tf] = transform as Matrix;
    const direction = { x: a * ta + c * tb, y: b * ta + d * tb };
    const left = a * te + c * tf + e;
    const size = Math.hypot(direction.x, direction.y);
    const isVertical = content.styles[fontName]?.vertical === true;
    if (isVertical || Math.abs(direction.y) > Math.abs(direction.x) || direction.x < 0)
      found.turned.push(text);
    else {
      const y = b * te + d * tf + f;
      found.items.push({ text, left, right: left + width, y, size, isRightToLeft: dir === "rtl" });
    }
  }
  found.items = removeShadows(found.items);
  const annotations = (await page.getAnnotations()) as Annotation[];
  for (const annotation of annotations)
    addAnnotation(found, annotation, ([x, y]) => [a * x + c * y + e, b * x + d * y + f]);
  return found;
}

type Matrix = [number, number, number, number, number, number];
type Point = [number, number];

function addAnnotation(found: PageText, note: Annotation, place: (point: Point) => Point): void {
  const [x1, y1, x2, y2] = note.rect;
  const [[left, one], [right, other]] = [place([x1, y1]), place([x2, y2])];
  const box = {
    left: Math.min(left, right),
    right: Math.max(left, right),
    top: Math.min(one, other),
    bottom: Math.max(one, other),
  };
  if (note.hidden === true) return;
  if (note.subtype === "Link") return addAddress(found, note.url ?? "", box);
  const text =
    note.subtype === "Widget"
      ? toText(note.fieldValue)
      : note.subtype === "FreeText"
        ? (note.contentsObj?.str ?? "")
        : "";
  if (text.trim() === "") return;
  const size = Math.min(12, Math.max(6, box.bottom - box.top));
  found.items.push({
    text,
    left: box.left,
    right: box.right,
    y: box.bottom - size / 4,
    size,
    isRightToLeft: false,
  });
}

/** The address follows the last words of its link. */
function addAddress(
  found: PageText,
  url: string,
  { left, right, top, bottom }: { left: number; right: number; top: number; bottom: number },
): void {
  const address = url.replace(/^(?:mailto|tel):/i, "");
  if (!/^(?:https?|mailto|tel):/i.test(url)) return;
  const inside = found.items.filter(
    (item) =>
      item.left < right - 1 &&
      item.right > left + 1 &&
      item.y > top &&
      item.y - item.size < bottom &&
      item.y <= bottom + 2,
  );
  const last = inside.at(-1);
  if (
    last === undefined ||
    inside
      .map(({ text }) => text)
      .join("")
      .includes(address)
  )
    return;
  last.text = `${last.text.trimEnd()} (${address})`;
  found.added.push(address);
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return value.map(toText).join(", ");
  return typeof value === "string" && value !== "Off" ? value : "";
}

/** Some programs print a text twice, a little apart, to make it bold. */
function removeShadows(items: Item[]): Item[] {
  const seen = new Map<string, Item[]>();
  return items.filter((item) => {
    const key = `${item.text}\n${Math.round(item.y / 4)}`;
    const same = seen.get(key) ?? [];
    if (same.some(({ left, y }) => Math.abs(left - item.left) < 1 && Math.abs(y - item.y) < 1)) return false;
    seen.set(key, [...same, item]);
    return true;
  });
}
