import { parseFaultScript, type Fault, type FaultItem, type FaultScript } from "./fault-script.ts";
import { wildcardPattern } from "./wildcard-pattern.ts";

export interface RequestFacts {
  method: string;
  path: string;
  model: string | null;
}

export interface FiredFault {
  /** The position of the item in the script. */
  item: number;
  fault: Fault;
}

interface Entry {
  item: FaultItem;
  path: RegExp;
  fired: number;
}

/** The fault script of one fake, and how often each item fired. `random` returns numbers in [0, 1). */
export function createFaultController(random: () => number = Math.random) {
  let entries: Entry[] = [];
  return {
    /** Replaces the whole script. An invalid script throws FaultScriptInvalid and changes nothing. */
    replace(script: FaultScript): void {
      entries = parseFaultScript(script).map((item) => ({
        item,
        path: wildcardPattern(item.match.path ?? ""),
        fired: 0,
      }));
    },
    clear(): void {
      entries = [];
    },
    /** The script, with the number of times that each item fired. */
    list: () => entries.map(({ item, fired }) => Object.assign({ fired }, item)),
    /** The first item that matches, has times left, and whose probability decides for it. */
    pickFault(facts: RequestFacts): FiredFault | null {
      const index = entries.findIndex((entry) => isMatch(entry, facts) && random() < entry.item.probability);
      const entry = entries[index];
      if (entry === undefined) return null;
      entry.fired += 1;
      return { item: index, fault: entry.item.fault };
    },
  };
}

export type FaultController = ReturnType<typeof createFaultController>;

function isMatch({ item, path, fired }: Entry, facts: RequestFacts): boolean {
  const { method, model } = item.match;
  return (
    (item.times === null || fired < item.times) &&
    (method === undefined || method === facts.method) &&
    (model === undefined || model === facts.model) &&
    path.test(facts.path)
  );
}
