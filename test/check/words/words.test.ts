import { describe, expect, it } from "vitest";
import { parseSource } from "../source-files.ts";
import { findBannedWords } from "./find-banned-words.ts";
import { readProse, readSourcePassages, splitName } from "./read-words.ts";

describe("findBannedWords", () => {
  it("finds a banned word in a name, a comment and a message, and says the place and the word to use", () => {
    const source = parseSource(
      "db/turns.ts",
      `// Nobody\n// waits.\nconst turnHolder = 1;\nthrow new Error(\`the rung \${turnHolder} failed\`);\n`,
    );
    expect(
      findBannedWords(readSourcePassages(source)).map(({ place, line, word }) => [place, line, word]),
    ).toEqual([
      ["names", 3, "holder"],
      ["comments", 1, "Nobody"],
      ["messages", 4, "rung"],
    ]);
  });

  it("finds a banned word in a file name", () => {
    const [finding] = findBannedWords(readSourcePassages(parseSource("db/list-people.ts", "")));
    expect(finding).toMatchObject({ word: "people", line: 1 });
  });

  it("finds banned words in the prose of a page, and not in its code", () => {
    const page = {
      path: "docs/a.md",
      text: "# Title\n\nIt is `holder`.\n\n```sh\nwalk\n```\n\nIt stands\nthere.\n",
    };
    expect(findBannedWords(readProse(page)).map(({ line, word }) => [line, word])).toEqual([[9, "stands"]]);
  });

  it("finds a sentence that starts with a clause as its subject, and accepts a question", () => {
    const text = "What waits for long hides nothing. What is a turn? It is what is stored.\n";
    expect(findBannedWords(readProse({ path: "docs/a.md", text }))).toHaveLength(1);
  });

  it("accepts an exception in its phrase", () => {
    const text = "The server runs behind a proxy.\n";
    expect(findBannedWords(readProse({ path: "docs/a.md", text }))).toEqual([]);
  });

  it("does not read the data of a test, and reads its titles", () => {
    const source = parseSource("test/a.test.ts", `it("a person waits", () => send("a person waits"));`);
    expect(findBannedWords(readSourcePassages(source))).toHaveLength(1);
  });
});

describe("splitName", () => {
  it("gives the words of a name in any case style", () => {
    expect(["heldSince", "held_since", "held-since"].map((name) => splitName(name))).toEqual(
      Array.from({ length: 3 }, () => "held since"),
    );
  });
});
