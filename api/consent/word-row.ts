import type { ConsentRequest } from "../../db/inbound/new-inbound.ts";

export interface WordRow {
  request: ConsentRequest;
  /** Where the words count. */
  on: "every channel" | "carriers";
  language: string;
  /** Separated by `|`. */
  words: string;
}
