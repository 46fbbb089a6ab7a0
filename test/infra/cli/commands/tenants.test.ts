import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type TerminalWithDatabase, openTerminalWithDatabase, openTerminal } from "../open-terminal.ts";

let terminal: TerminalWithDatabase;
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
});
afterAll(() => terminal.close());

const ACME = {
  id: "acme",
  business_name: "Acme Bikes",
  daily_budget_usd: 12.5,
  supersede: "regenerate",
  paused_at: null,
};

describe("tenants", () => {
  it("a tenant can be created once, shown, changed, paused and resumed", async () => {
    const create = ["tenants", "create", "acme", "--name", "Acme Bikes", "--json"];
    const made = await terminal.parley(...create, "--daily-budget-usd", "12.50", "--supersede", "regenerate");
    expect(made).toMatchObject({ status: 0, json: ACME, stderr: "" });
    expect(await terminal.parley(...create)).toMatchObject({
      status: 1,
      json: { code: "already_exists", error: 'A tenant "acme" exists already: give another id.' },
    });
    const changed = await terminal.parley("tenants", "update", "acme", "--name", "Acme & Co", "--json");
    expect(changed.json).toMatchObject({ ...ACME, business_name: "Acme & Co" });
    const paused = await terminal.parley("tenants", "pause", "acme", "--json");
    expect(paused.json).toMatchObject({ paused_at: expect.stringContaining("T") as string });
    expect((await terminal.parley("tenants", "resume", "acme", "--json")).json["paused_at"]).toBeNull();
    expect((await terminal.parley("tenants", "show", "acme", "--json")).json).toEqual(
      (await terminal.parley("tenants", "show", "--tenant", "acme", "--json")).json,
    );
  });

  it("a command without an id is about the tenant of PARLEY_TENANT", async () => {
    const { json } = await terminal.parley("tenants", "show", "--json");
    expect(json).toMatchObject({ id: terminal.config.PARLEY_TENANT });
  });

  it("pages of a list contain the same tenants as one long list", async () => {
    await terminal.parley("tenants", "create", "beta", "--name", "Beta");
    const all = (await terminal.parley("tenants", "list", "--json")).json as unknown as Page;
    expect(all.data.length).toBeGreaterThan(2);
    expect(all.next_cursor).toBeNull();
    const ids: string[] = [];
    for (let next: string | null = ""; next !== null;) {
      const more: string[] = next === "" ? [] : ["--cursor", next];
      const page = (await terminal.parley("tenants", "list", "--limit", "1", ...more, "--json"))
        .json as unknown as Page;
      ids.push(...page.data.map(({ id }) => id));
      next = page.next_cursor;
    }
    expect(ids).toEqual(all.data.map(({ id }) => id));
  });

  it("a list without --json is a table with the cursor of the next page", async () => {
    const { stdout } = await terminal.parley("tenants", "list", "--limit", "1");
    const [titles, row, more] = stdout.split("\n");
    expect(titles).toMatch(/id +business name +daily budget usd/);
    expect(row).toMatch(/^\w+ +\w+/);
    expect(more).toMatch(/^There are more: --cursor \w+/);
  });
});

interface Page {
  data: { id: string }[];
  next_cursor: string | null;
}

describe("a usage error", () => {
  it.each([
    [["tenants", "create", "a b", "--name", "x"], "letters, digits, _ and -"],
    [["tenants", "create", "gamma"], "--name"],
    [["tenants", "create", "gamma", "--name", " "], "must not be empty"],
    [["tenants", "create", "gamma", "--name", "x", "--daily-budget-usd", "-1"], "--daily-budget-usd"],
    [["tenants", "create", "gamma", "--name", "x", "--supersede", "never"], "answer_then_continue"],
    [["tenants", "update", "acme"], "--daily-budget-usd"],
    [["tenants", "list", "--limit", "0"], "1 to 1000"],
    [["tenants", "list", "--cursor", "yesterday"], "`next_cursor`"],
    [["tenants", "rename"], "rename"],
  ])("a usage error ends with exit code 2 and names the rule: %j", async (args, word) => {
    const { status, stdout, stderr } = await terminal.parley(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(word);
  });

  it("an error that the argument parser finds is one JSON object with --json too", async () => {
    expect(await terminal.parley("tenants", "list", "--limit", "0", "--json")).toMatchObject({
      status: 2,
      json: { error: expect.stringContaining("from 1 to 1000") as string },
    });
  });

  it("an error about several options names each field in its JSON", async () => {
    expect(await terminal.parley("tenants", "update", "acme", "--json")).toMatchObject({
      status: 2,
      json: {
        errors: [
          {
            field:
              "--name, --daily-budget-usd, --supersede, --allowed-links, --phone-region or a share of the budget",
          },
        ],
      },
    });
  });
});

it("every command about a tenant reports an unknown tenant and names the command that lists tenants", async () => {
  for (const noun of [
    "accounts",
    "contacts",
    "conversations",
    "keys",
    "endpoints",
    "events",
    "deliveries",
    "dlq",
  ])
    expect(await terminal.parley(noun, "list", "--tenant", "nobody", "--json"), noun).toMatchObject({
      status: 1,
      json: {
        code: "not_found",
        error: "There is no such tenant: `parley tenants list` shows all tenants.",
      },
    });
});

it("an unavailable database is reported without its password, and as JSON with --json", async () => {
  const away = { DATABASE_URL: "postgres://parley:a-database-password@127.0.0.1:1/parley" };
  const { status, json, stderr } = await openTerminal({ ...inject("sandboxEnv"), ...away }).parley(
    "tenants",
    "list",
    "--json",
  );
  expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  expect(json).toEqual({
    error: "PostgreSQL does not respond at DATABASE_URL: run `parley doctor` for details.",
  });
});

it("every command has examples in its help", async () => {
  const nouns = [
    "tenants",
    "keys",
    "accounts",
    "contacts",
    "conversations",
    "turns",
    "deliveries",
    "dlq",
    "endpoints",
    "events",
    "telegram",
  ];
  for (const noun of nouns) {
    const { stdout } = await terminal.parley(noun, "--help");
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name = ""]) => name);
    expect(names.length, noun).toBeGreaterThan(0);
    for (const name of names) {
      const help = await terminal.parley(noun, name, "--help");
      expect(help.status).toBe(0);
      expect(help.stdout, `${noun} ${name}`).toContain(`Examples:\n  parley ${noun} ${name}`);
    }
  }
});
