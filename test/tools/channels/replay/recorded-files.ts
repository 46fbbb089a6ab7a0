import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** The folder was named wrongly. */
export class FolderNotFoundError extends Error {
  override name = "NoSuchFolder";
}

/** One value of a recorded file and its place: `message`, `steps.2`; empty where it is the whole file. */
export interface RecordedStep {
  file: string;
  step: string;
  value: unknown;
}

export interface RecordedFiles {
  files: number;
  steps: RecordedStep[];
  /** Files that are no JSON. */
  unreadable: { file: string; reason: string }[];
}

/** Every JSON file below a folder, each with the things in it that are more than a setting. */
export function readRecordedFiles(folder: string): RecordedFiles {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new FolderNotFoundError(`There is no folder at ${resolve(folder)}.`);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && statSync(join(folder, name)).isFile())
    .toSorted();
  const steps: RecordedStep[] = [];
  const unreadable: RecordedFiles["unreadable"] = [];
  for (const file of names) {
    try {
      steps.push({ file, step: "", value: JSON.parse(readFileSync(join(folder, file), "utf8")) });
    } catch (error) {
      unreadable.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { files: names.length, steps, unreadable };
}

/** What a value holds, one level down; a number or a text is a setting and no step. */
export function findSteps({ file, step, value }: RecordedStep): RecordedStep[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([, inner]) => typeof inner === "object" && inner !== null)
    .map(([key, inner]) => ({ file, step: step === "" ? key : `${step}.${key}`, value: inner as unknown }));
}
