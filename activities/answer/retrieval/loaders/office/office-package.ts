import { posix } from "node:path";
import { Parser } from "htmlparser2";
import { unzipSync } from "fflate";
import { UnreadableFile } from "../unreadable-file.ts";

/** Texts of a document of 20 MB are smaller. A file that expands further is built to fill the memory. */
const MAX_EXPANDED = 200 * 1024 * 1024;
/** The beginning of the old formats, and of files that are locked with a password. */
const OLD_FORMAT = [0xd0, 0xcf, 0x11, 0xe0];

export interface Relation {
  type: string;
  /** The path of the part in the package. */
  target: string;
  isExternal: boolean;
}

export interface OfficePackage {
  /** The paths of the parts below a folder. */
  list(folder: string): string[];
  /** Calls the handlers for the elements of a part; nothing for a part that is missing. */
  read(path: string, handlers: XmlHandlers): void;
  /** The parts that a part refers to, by id. */
  relations(path: string): Map<string, Relation>;
}

export interface XmlHandlers {
  /** Names have no prefix, because programs choose different ones. */
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** The XML of the parts, by path. */
export type Parts = Record<string, Uint8Array>;

export const openPackage = (bytes: Uint8Array): OfficePackage => createPackage(unzipParts(bytes));

/** The XML parts of a Word, PowerPoint or Excel file. */
export function createPackage(parts: Parts): OfficePackage {
  function read(path: string, { open, close, text }: XmlHandlers): void {
    const part = parts[path];
    if (part === undefined) return;
    const parser = new Parser(
      {
        onopentag: (name, attributes) => open?.(removePrefix(name), attributes),
        onclosetag: (name) => close?.(removePrefix(name)),
        ontext: (data) => text?.(data),
      },
      { xmlMode: true },
    );
    const decoder = new TextDecoder(findXmlEncoding(part));
    for (let start = 0; start < part.length; start += PIECE)
      parser.write(decoder.decode(part.subarray(start, start + PIECE), { stream: true }));
    parser.end(decoder.decode());
  }
  function relations(path: string): Map<string, Relation> {
    const found = new Map<string, Relation>();
    const folder = posix.dirname(path);
    read(posix.join(folder, "_rels", `${posix.basename(path)}.rels`), {
      open(name, { Id: id = "", Type: type = "", Target: target = "", TargetMode: mode }) {
        if (name !== "Relationship") return;
        const isExternal = mode === "External";
        const part = target.startsWith("/") ? target.slice(1) : posix.join(folder, target);
        found.set(id, { type: type.split("/").at(-1) ?? "", target: isExternal ? target : part, isExternal });
      },
    });
    return found;
  }
  const list = (folder: string) => Object.keys(parts).filter((path) => path.startsWith(`${folder}/`));
  return { list, read, relations };
}

const PIECE = 65_536;

/** Refuses a package that expands too far, before another library reads it. */
export function unzipParts(bytes: Uint8Array): Parts {
  if (OLD_FORMAT.every((byte, index) => bytes[index] === byte))
    throw new UnreadableFile(
      "is locked with a password or in an old format; save it without a password in today's format",
    );
  let expanded = 0;
  return unzipSync(bytes, {
    filter({ name, originalSize }) {
      expanded += originalSize;
      if (expanded > MAX_EXPANDED) throw new UnreadableFile("expands to more than 200 MB; split it");
      return /\.(?:xml|rels)$/i.test(name);
    },
  });
}

/** The value of an attribute with any prefix. */
export function findAttribute(
  attributes: Readonly<Record<string, string>>,
  name: string,
): string | undefined {
  return Object.entries(attributes).find(([key]) => removePrefix(key) === name)?.[1];
}

export function removePrefix(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

export function findXmlEncoding([first, second]: Uint8Array): string {
  return first === 0xff && second === 0xfe
    ? "utf-16le"
    : first === 0xfe && second === 0xff
      ? "utf-16be"
      : "utf-8";
}
