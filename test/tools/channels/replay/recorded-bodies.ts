import { readRecordedFiles, findSteps, type RecordedStep } from "./recorded-files.ts";
import { recogniseBody, type RecognisedBody } from "./recognise-body.ts";

export interface RecordedBody extends RecognisedBody {
  file: string;
  step: string;
}

export interface RecordedBodies {
  files: number;
  bodies: RecordedBody[];
  /** Stored state of the recorder, by its name. */
  not_a_body: UnusedStep[];
  /** Neither a body of a platform of ours nor stored state. */
  unrecognised: UnusedStep[];
  unreadable: { file: string; reason: string }[];
}

export interface UnusedStep {
  file: string;
  key: string;
}

/** Recorders name what they keep between two bodies like this. */
const STATE_KEYS = /(context|state)$/i;

/** The fields in which recorders keep the body next to its headers. */
const ENVELOPE_KEYS = /(^|\.)(body|payload|request)$/;

/**
 * The webhook bodies below a folder, whatever they are wrapped in: a file is one body, a list of them, or an object of settings and
 * named steps, where a step is a body or holds one under `body`, `payload` or `request`.
 */
export function readRecordedBodies(folder: string): RecordedBodies {
  const { files, steps, unreadable } = readRecordedFiles(folder);
  const found = steps.flatMap((step) => bodiesIn(step));
  const unused = found.filter((item) => "key" in item);
  return {
    files,
    bodies: found.filter((item) => "wire" in item),
    not_a_body: unused.filter(({ key }) => STATE_KEYS.test(key)),
    unrecognised: unused.filter(({ key }) => !STATE_KEYS.test(key)),
    unreadable,
  };
}

type Found = RecordedBody | UnusedStep;

function bodiesIn(step: RecordedStep): Found[] {
  const body = bodyOf(step);
  if (body !== null) return [body];
  const { file, step: key, value } = step;
  const inside = findSteps(step);
  // A file or a list is looked into; of a step only what is known to wrap a body.
  const isWrapper = key === "" || Array.isArray(value);
  const wrapped = isWrapper ? inside : inside.filter((inner) => ENVELOPE_KEYS.test(inner.step));
  const found = wrapped.flatMap((inner) => bodiesIn(inner));
  // A file without any body is one line of the report, whatever is in it.
  const isWhole = key === "" && !found.some((item) => "wire" in item);
  return found.length > 0 && !isWhole ? found : [{ file, key: key === "" ? "(file)" : key }];
}

function bodyOf({ file, step, value }: RecordedStep): RecordedBody | null {
  const recognised = recogniseBody(value);
  return recognised === null ? null : { file, step: step === "" ? "(file)" : step, ...recognised };
}
