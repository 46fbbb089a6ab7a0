/** Raise it when a loader gives another text for the same file, so that unchanged files are read again. A test compares the texts. */
export const LOADER_VERSION = 3;

/** The extensions of files that a loader reads. The loaders themselves are loaded by their thread only. */
const EXTENSIONS = [
  ".md",
  ".mdx",
  ".markdown",
  ".txt",
  ".html",
  ".htm",
  ".xhtml",
  ".csv",
  ".tsv",
  ".json",
  ".jsonl",
  ".ndjson",
  ".pdf",
  ".docx",
  ".docm",
  ".pptx",
  ".pptm",
  ".xlsx",
  ".xlsm",
] as const;

export type Extension = (typeof EXTENSIONS)[number];

export function isExtension(extension: string): extension is Extension {
  return EXTENSIONS.some((known) => known === extension);
}

/** What to do with a file of another program. */
const CONVERSIONS: Readonly<Record<string, string>> = {
  ".doc": ".docx",
  ".odt": ".docx",
  ".rtf": ".docx",
  ".pages": ".docx",
  ".ppt": ".pptx",
  ".odp": ".pptx",
  ".key": ".pptx",
  ".xls": ".xlsx",
  ".ods": ".xlsx",
  ".numbers": ".xlsx",
  ".epub": ".html",
  ".mhtml": ".html",
};

export function describeUnsupported(extension: string): string {
  const target = CONVERSIONS[extension];
  if (target !== undefined) return `is a ${extension} file; save it as ${target}`;
  return `is not one of ${EXTENSIONS.join(", ")}`;
}
