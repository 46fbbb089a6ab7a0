import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type TerminalWithDatabase, openTerminalWithDatabase, openTerminal } from "../open-terminal.ts";

let terminal: TerminalWithDatabase;
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
});
afterAll(() => terminal.close());

const ACME = {
  ok: true,
  id: "acme",
  business_name: "Acme Bikes",
  daily_budget_usd: 12.5,
  supersede: "regenerate",
  paused_at: null,
};

describe("tenants", () => {
  it("are made once, shown, changed, paused and resumed", async () => {
    const create = ["tenants", "create", "acme", "--name", "Acme Bikes", "--json"];
    const made = await terminal.parley(...create, "--daily-budget-usd", "12.50", "--supersede", "regenerate");
    expect(made).toMatchObject({ status: 0, json: ACME, stderr: "" });
    expect(await terminal.parley(...create)).toMatchObject({
      status: 1,
      json: { ok: false, error: 'There is a tenant "acme" already: give another id.' },
    });
    const changed = await terminal.parley("tenants", "update", "acme", "--name", "Acme & Co", "--json");
    expect(changed.json).toMatchObject({ ...ACME, business_name: "Acme & Co" });
    const paused = await terminal.parley("tenants", "pause", "acme", "--json");
    expect(paused.json).toMatchObject({ ok: true, paused_at: expect.stringContaining("T") as string });
    expect((await terminal.parley("tenants", "resume", "acme", "--json")).json["paused_at"]).toBeNull();
    expect((await terminal.parley("tenants", "show", "acme", "--json")).json).toEqual(
      (await terminal.parley("tenants", "show", "--tenant", "acme", "--json")).json,
    );
  });

  it("are the one of PARLEY_TENANT where none is named", async () => {
    const { json } = await terminal.parley("tenants", "show", "--json");
    expect(json).toMatchObject({ ok: true, id: terminal.config.PARLEY_TENANT });
  });

  it("are listed page by page, the same ones as at once", async () => {
    await terminal.parley("tenants", "create", "beta", "--name", "Beta");
    const all = (await terminal.parley("tenants", "list", "--json")).json as unknown as Page;
    expect(all.tenants.length).toBeGreaterThan(2);
    expect(all.next).toBeNull();
    const ids: string[] = [];
    for (let next: string | null = ""; next !== null;) {
      const more: string[] = next === "" ? [] : ["--after", next];
      const page = (await terminal.parley("tenants", "list", "--limit", "1", ...more, "--json"))
        .json as unknown as Page;
      ids.push(...page.tenants.map(({ id }) => id));
      next = page.next;
    }
    expect(ids).toEqual(all.tenants.map(({ id }) => id));
  });

  it("are a table for people, with the way to the next page", async () => {
    const { stdout } = await terminal.parley("tenants", "list", "--limit", "1");
    const [titles, row, more] = stdout.split("\n");
    expect(titles).toMatch(/id +business name +daily budget usd/);
    expect(row).toMatch(/^\w+ +\w+/);
    expect(more).toMatch(/^There are more: --after 2/);
  });
});

interface Page {
  tenants: { id: string }[];
  next: string | null;
}

describe("what is called wrongly", () => {
  it.each([
    [["tenants", "create", "a b", "--name", "x"], "letters, digits, _ and -"],
    [["tenants", "create", "gamma"], "--name"],
    [["tenants", "create", "gamma", "--name", " "], "must not be empty"],
    [["tenants", "create", "gamma", "--name", "x", "--daily-budget-usd", "-1"], "--daily-budget-usd"],
    [["tenants", "create", "gamma", "--name", "x", "--supersede", "never"], "answer_then_continue"],
    [["tenants", "update", "acme"], "--daily-budget-usd"],
    [["tenants", "list", "--limit", "0"], "1 to 1000"],
    [["tenants", "list", "--after", "yesterday"], "`next`"],
    [["tenants", "rename"], "rename"],
  ])("ends with 2 and says what would be right: %j", async (args, word) => {
    const { status, stdout, stderr } = await terminal.parley(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(word);
  });

  it("gives the fields with --json where they were read together", async () => {
    expect(await terminal.parley("tenants", "update", "acme", "--json")).toMatchObject({
      status: 2,
      json: { ok: false, errors: [{ field: "--name, --daily-budget-usd or --supersede" }] },
    });
  });
});

it("a tenant that is not there is named by every noun, with the way to those that are", async () => {
  for (const noun of ["accounts", "contacts", "conversations", "keys", "endpoints", "events"])
    expect(await terminal.parley(noun, "list", "--tenant", "nobody", "--json"), noun).toMatchObject({
      status: 1,
      json: {
        ok: false,
        error: 'There is no tenant "nobody": `parley tenants list` shows those that are there.',
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
    ok: false,
    error: "PostgreSQL does not answer at DATABASE_URL: `parley doctor` says more.",
  });
});

it("every command has examples in its help", async () => {
  const nouns = ["tenants", "keys", "accounts", "contacts", "conversations", "telegram"];
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
