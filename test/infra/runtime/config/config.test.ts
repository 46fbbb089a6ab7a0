import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EVERY_CHANNEL } from "../../../support/channels/channel-samples.ts";
import { CHANNEL_GROUPS } from "../../../../infra/channels/channel-settings.ts";
import { SECRETS } from "../../../../infra/runtime/config/config-schema.ts";
import { ConfigError, loadConfig, redactConfig } from "../../../../infra/runtime/config/config.ts";
import { KEYS_OF_SERVERS } from "../../../../infra/runtime/config/model-settings.ts";
import { listAnsweringSecrets, requireSettings } from "../../../../infra/runtime/config/require-settings.ts";
import { loadEnvFile } from "../../../../infra/runtime/config/load-env-file.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const REQUIRED = {
  DATABASE_URL: "postgres://parley:db-password@db.internal:5432/parley",
  OPENAI_API_KEY: "sk-openai-secret-value",
  PINECONE_API_KEY: "pc-pinecone-secret-value",
  PARLEY_ENCRYPTION_KEYS: `k1:${KEY}`,
  PARLEY_HASH_KEY: KEY,
};
const TWILIO = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "twilio-token-value",
  TWILIO_FROM: "+15550100200",
};

function problemsOf(env: Record<string, string>): Record<string, string> {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError)
      return Object.fromEntries(error.problems.map(({ variable, message }) => [variable, message]));
    throw error;
  }
  return {};
}

describe("loadConfig", () => {
  it("needs only the required settings and fills in the rest", () => {
    const config = loadConfig(REQUIRED);
    expect(config).toMatchObject({
      PORT: 8080,
      PUBLIC_BASE_URL: "http://127.0.0.1:8080",
      PARLEY_MODEL_FULL: "gpt-4o",
      PARLEY_DAILY_BUDGET_USD: 50,
      EGRESS_ALLOW_HTTP: false,
      EGRESS_ALLOW_HOSTS: [],
    });
    expect(config.REDIS_URL).toBeUndefined();
    expect(config.PARLEY_ENCRYPTION_KEYS).toEqual([{ id: "k1", key: Buffer.alloc(32, 7) }]);
  });

  it("names all problems at once, each with what it saw and the rule", () => {
    const { PARLEY_HASH_KEY: _, ...rest } = REQUIRED;
    const problems = problemsOf({
      ...rest,
      PORT: "eighty",
      LOG_LEVEL: "loud",
      DATABASE_URL: "mysql://u:hunter2@db/x",
    });
    expect(problems).toEqual({
      PARLEY_HASH_KEY: expect.stringMatching(/required and not set.*PARLEY_HASH_KEY_FILE/),
      PORT: 'is "eighty", but must be a whole number from 0 to 65535',
      LOG_LEVEL: 'is "loud", but must be one of trace, debug, info, warn, error, silent',
      DATABASE_URL: expect.stringMatching(/^has 22 characters, but must be a URL such as postgres:/),
    });
  });

  it("puts every problem on a line of the message", () => {
    expect(() => loadConfig({})).toThrow(
      /3 problem\(s\)[\s\S]*DATABASE_URL:[\s\S]*PARLEY_HASH_KEY:[\s\S]*\.env\.example/,
    );
  });

  it("never shows the value of a secret that is wrong", () => {
    const wrong = fc.stringMatching(/^[!-~]{4,60}$/).map((value) => `~${value}`);
    fc.assert(
      fc.property(fc.constantFrom(...SECRETS), wrong, (name, value) => {
        const [message = ""] = Object.values(problemsOf({ ...REQUIRED, [name]: value }));
        expect(message).not.toContain(value);
      }),
    );
  });

  it("does not echo a token that was put into a setting that is no secret", () => {
    const token = "0123456789abcdef0123456789abcdef";
    const problems = problemsOf({ ...REQUIRED, ...TWILIO, TWILIO_ACCOUNT_SID: token });
    expect(problems["TWILIO_ACCOUNT_SID"]).toBe(
      "has 32 characters, but must be AC and 32 hexadecimal digits",
    );
  });

  it("needs no key of a vendor, because an ingress and a worker that only sends have none", () => {
    const { OPENAI_API_KEY: _openai, PINECONE_API_KEY: _pinecone, ...rest } = REQUIRED;
    const config = loadConfig(rest);
    expect(() => requireSettings(config, "parley worker --queue main", listAnsweringSecrets(config))).toThrow(
      /OPENAI_API_KEY: is required by `parley worker --queue main`[\s\S]*PINECONE_API_KEY/,
    );
    const whole = loadConfig(REQUIRED);
    expect(() => requireSettings(whole, "parley worker", listAnsweringSecrets(whole))).not.toThrow();
  });

  it("refuses a reply URL that the egress guard would refuse at each send", () => {
    const webhook = {
      WEBHOOK_SECRET: `whsec_${KEY}`,
      WEBHOOK_DELIVERY_SECRET: `whsec_${KEY}`,
    };
    for (const url of ["http://crm.example.com/in", "https://10.0.0.7/in", "https://crm.example.com:9000/in"])
      expect(problemsOf({ ...REQUIRED, ...webhook, WEBHOOK_DELIVERY_URL: url }), url).toEqual({
        WEBHOOK_DELIVERY_URL: expect.stringContaining("EGRESS_ALLOW_HOSTS"),
      });
    const local = { WEBHOOK_DELIVERY_URL: "http://10.0.0.7:9000/in", EGRESS_ALLOW_HOSTS: "10.0.0.7:9000" };
    expect(problemsOf({ ...REQUIRED, ...webhook, ...local, EGRESS_ALLOW_HTTP: "true" })).toEqual({});
    expect(problemsOf({ ...REQUIRED, ...TWILIO, TWILIO_BASE_URL: "http://proxy.example.com" })).toEqual({
      TWILIO_BASE_URL: expect.stringContaining("must be https"),
    });
  });

  it("takes an empty value as not set", () => {
    expect(loadConfig({ ...REQUIRED, REDIS_URL: "", PORT: "" })).toMatchObject({ PORT: 8080 });
  });

  it("reads whole numbers within their limits and nothing else", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (size) => {
        expect(loadConfig({ ...REQUIRED, DATABASE_POOL_MAX: String(size) }).DATABASE_POOL_MAX).toBe(size);
      }),
    );
    for (const value of ["0", "501", "-1", "1.5", "1e2", "0x10", " "])
      expect(problemsOf({ ...REQUIRED, DATABASE_POOL_MAX: value }), value).toHaveProperty(
        "DATABASE_POOL_MAX",
      );
  });

  it("asks for an https public URL in production", () => {
    const env = { ...REQUIRED, NODE_ENV: "production" };
    expect(problemsOf(env)).toHaveProperty("PUBLIC_BASE_URL");
    expect(problemsOf({ ...env, PUBLIC_BASE_URL: "http://chat.example.com" })).toHaveProperty(
      "PUBLIC_BASE_URL",
    );
    expect(problemsOf({ ...env, PUBLIC_BASE_URL: "https://chat.example.com" })).toEqual({});
  });

  it("writes an IPv6 host into the default public URL in brackets", () => {
    expect(loadConfig({ ...REQUIRED, HOST: "::1" }).PUBLIC_BASE_URL).toBe("http://[::1]:8080");
  });

  it("names the nearest setting for a mistyped one of ours", () => {
    expect(problemsOf({ ...REQUIRED, PARLEY_MODEL_FUL: "gpt-4o" })).toEqual({
      PARLEY_MODEL_FUL: "is not a setting; did you mean PARLEY_MODEL_FULL?",
    });
  });

  it("loadConfig ignores variables of the sandbox and of other programs", () => {
    const foreign = {
      PARLEY_DATA_DIR: "x",
      PARLEY_TEMPORAL_BIN: "x",
      PARLEY_DEV_UI_PORT: "8233",
      PATH: "/bin",
    };
    expect(problemsOf({ ...REQUIRED, ...foreign })).toEqual({});
  });

  it.each(CHANNEL_GROUPS.map((group) => [group.join(", "), group] as const))(
    "wants %s together or not at all",
    (_, group) => {
      expect(problemsOf({ ...REQUIRED, ...EVERY_CHANNEL })).toEqual({});
      for (const name of group) {
        const { [name]: _gone, [`${name}_PREVIOUS`]: _previous, ...others } = EVERY_CHANNEL;
        expect(Object.keys(problemsOf({ ...REQUIRED, ...others }))).toContain(name);
      }
    },
  );

  it("asks for the key of a server of its own, so that the key of OpenAI is not sent to it", () => {
    for (const [url, key] of Object.entries(KEYS_OF_SERVERS)) {
      const env = { ...REQUIRED, [url]: "http://127.0.0.1:11434/v1" };
      expect(problemsOf(env)).toEqual({
        [key]: expect.stringContaining(`is required, because ${url} is set`),
      });
      expect(problemsOf({ ...env, [key]: "none" })).toEqual({});
    }
  });

  it("names a setting that means nothing without another one", () => {
    const dependent = { TWILIO_WHATSAPP_FROM: "+15550100200", SLACK_SIGNING_SECRET_PREVIOUS: "before" };
    expect(Object.keys(problemsOf({ ...REQUIRED, ...dependent }))).toEqual(Object.keys(dependent));
  });
});

describe("master keys", () => {
  const other = Buffer.alloc(32, 9).toString("base64");

  it("are kept in order, so that the first one encrypts", () => {
    const keys = loadConfig({
      ...REQUIRED,
      PARLEY_ENCRYPTION_KEYS: `new:${other},k1:${KEY}`,
    }).PARLEY_ENCRYPTION_KEYS;
    expect(keys.map(({ id }) => id)).toEqual(["new", "k1"]);
  });

  it.each([
    ["without an id", KEY],
    ["of 31 bytes", `k1:${Buffer.alloc(31).toString("base64")}`],
    ["with a character outside base64", `k1:!${KEY}`],
    ["with an empty item at the end", `k1:${KEY},`],
    ["with one id twice", `k1:${KEY},k1:${other}`],
  ])("master keys are rejected %s", (_, value) => {
    expect(problemsOf({ ...REQUIRED, PARLEY_ENCRYPTION_KEYS: value })).toHaveProperty(
      "PARLEY_ENCRYPTION_KEYS",
    );
  });
});

describe("files", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-config-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const file = (content: string) => {
    const path = join(folder, `${Math.random()}`);
    writeFileSync(path, content);
    return path;
  };

  it.each(SECRETS)("can hold %s, which is read without the space around it", (name) => {
    const all: Record<string, string> = {
      ...REQUIRED,
      ...EVERY_CHANNEL,
      DATABASE_DIRECT_URL: "postgres://127.0.0.1/parley",
      REDIS_URL: "redis://127.0.0.1:6379",
      HTTP_PROXY: "http://proxy.internal:3128",
      HTTPS_PROXY: "http://proxy.internal:3128",
      PARLEY_ADMIN_TOKEN: "a".repeat(48),
      PARLEY_MODEL_FULL_API_KEY: "sk-full",
      PARLEY_MODEL_SMALLER_API_KEY: "sk-smaller",
      PARLEY_EMBEDDING_API_KEY: "sk-embedding",
      CODEC_SERVER_TOKEN: "c".repeat(24),
    };
    const { [name]: value = "", ...others } = all;
    expect(loadConfig({ ...others, [`${name}_FILE`]: file(` ${value}\n`) })).toEqual(loadConfig(all));
  });

  it("are refused where the value is set too", () => {
    const problems = problemsOf({ ...REQUIRED, OPENAI_API_KEY_FILE: file("sk-other") });
    expect(problems["OPENAI_API_KEY"]).toContain("set twice");
  });

  it("an unreadable file is reported once", () => {
    const { OPENAI_API_KEY: _, ...rest } = REQUIRED;
    const path = join(folder, "absent");
    expect(problemsOf({ ...rest, OPENAI_API_KEY_FILE: path })).toEqual({
      OPENAI_API_KEY_FILE: `names a file that cannot be read: ${path}`,
    });
  });

  it("an empty file is rejected", () => {
    const { OPENAI_API_KEY: _, ...rest } = REQUIRED;
    expect(problemsOf({ ...rest, OPENAI_API_KEY_FILE: file("\n") })).toEqual({
      OPENAI_API_KEY: "has 0 characters, but must not be empty",
    });
  });

  it("a file of settings adds to the environment and never replaces it", () => {
    process.env["PARLEY_TEST_KEPT"] = "environment";
    loadEnvFile(file("PARLEY_TEST_KEPT=file\nPARLEY_TEST_ADDED=file\n"));
    expect([process.env["PARLEY_TEST_KEPT"], process.env["PARLEY_TEST_ADDED"]]).toEqual([
      "environment",
      "file",
    ]);
    delete process.env["PARLEY_TEST_KEPT"];
    delete process.env["PARLEY_TEST_ADDED"];
  });

  it("a file of settings may be missing", () => {
    expect(() => loadEnvFile(join(folder, "absent"))).not.toThrow();
  });
});

describe("redactConfig", () => {
  it("shows of each secret only that it is set", () => {
    const shown = redactConfig(loadConfig({ ...REQUIRED, ...TWILIO }));
    for (const name of [...Object.keys(REQUIRED), "TWILIO_AUTH_TOKEN"]) expect(shown[name]).toBe("[set]");
    expect(shown).toMatchObject({ PORT: 8080, TWILIO_FROM: "+15550100200" });
    expect(shown["REDIS_URL"]).toBeUndefined();
    const text = JSON.stringify(shown);
    for (const value of [...Object.values(REQUIRED), TWILIO.TWILIO_AUTH_TOKEN, KEY])
      expect(text).not.toContain(value);
  });

  it("hides the credentials and the query of a URL", () => {
    const shown = redactConfig(
      loadConfig({
        ...REQUIRED,
        PUBLIC_BASE_URL: "https://chat.example.com",
        OPENAI_BASE_URL: "https://models.example.com/v1?api-key=hunter2",
      }),
    );
    expect(shown["PUBLIC_BASE_URL"]).toBe("https://chat.example.com");
    expect(shown["OPENAI_BASE_URL"]).toBe("https://models.example.com/v1?[hidden]");
  });

  it("a URL with a user or a password is refused at start, without the password in the message", () => {
    const problems = problemsOf({
      ...REQUIRED,
      OPENAI_BASE_URL: "https://user:hunter2@models.example.com/v1",
    });
    expect(problems["OPENAI_BASE_URL"]).toContain("must not hold a user or a password");
    expect(problems["OPENAI_BASE_URL"]).not.toContain("hunter2");
  });
});
