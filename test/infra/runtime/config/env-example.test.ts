import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { expect, it } from "vitest";
import { CONFIG_SCHEMA, SECRETS } from "../../../../infra/runtime/config/config-schema.ts";
import { loadConfig } from "../../../../infra/runtime/config/config.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const REQUIRED = {
  DATABASE_URL: "postgres://parley:password@127.0.0.1:5432/parley",
  OPENAI_API_KEY: "sk-key",
  PINECONE_API_KEY: "pc-key",
  PARLEY_ENCRYPTION_KEYS: `k1:${KEY}`,
  PARLEY_HASH_KEY: KEY,
};
const source = readFileSync(new URL("../../../../.env.example", import.meta.url), "utf8");
const example = parseEnv(source);

it("lists exactly the settings that there are", () => {
  expect(Object.keys(example).toSorted()).toEqual(Object.keys(CONFIG_SCHEMA.shape).toSorted());
});

it("says the same as the defaults", () => {
  expect(loadConfig({ ...example, ...REQUIRED })).toEqual(loadConfig(REQUIRED));
});

it("has a comment above each setting and says which ones are secret", () => {
  const lines = source.split("\n");
  for (const [index, line] of lines.entries()) {
    const name = /^([A-Z_]+)=/.exec(line)?.[1];
    if (name === undefined) continue;
    const above = lines.slice(0, index).findLastIndex((other) => !other.startsWith("# "));
    const comment = lines.slice(above + 1, index).join(" ");
    expect(comment, name).not.toBe("");
    expect(/\bsecret\b/i.test(comment), name).toBe(SECRETS.some((secret) => secret === name));
  }
});

it("holds no secret", () => {
  expect(SECRETS.map((name) => example[name])).toEqual(SECRETS.map(() => ""));
});
