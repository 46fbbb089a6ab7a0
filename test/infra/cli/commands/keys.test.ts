import { afterAll, beforeAll, expect, it } from "vitest";
import { SCOPES, findKeyGrant } from "../../../../db/tenants/api-keys.ts";
import { type TerminalWithDatabase, openTerminalWithDatabase } from "../open-terminal.ts";

let terminal: TerminalWithDatabase;
beforeAll(async () => {
  terminal = await openTerminalWithDatabase();
});
afterAll(() => terminal.close());

const keys = async (...args: string[]) => await terminal.parley("keys", ...args, "--json");

it("a key is shown once, works until it is revoked, and belongs to one tenant", async () => {
  await terminal.parley("tenants", "create", "acme", "--name", "Acme");
  const made = await keys("create", "crm", "--tenant", "acme", "--scopes", "contacts:read", "events:read");
  expect(made).toMatchObject({
    status: 0,
    json: { tenant_id: "acme", name: "crm", scopes: ["contacts:read", "events:read"] },
  });
  const { id, key } = made.json as { id: string; key: string };
  expect(await findKeyGrant(terminal.db, terminal.vault, key)).toMatchObject({ tenantId: "acme" });

  const before = terminal.outputs.length;
  const listed = await keys("list", "--tenant", "acme");
  expect(listed.json).toMatchObject({
    data: [{ id, name: "crm", revoked_at: null }],
    next_cursor: null,
  });
  expect((await keys("list")).json).toMatchObject({ data: [] });
  expect(await keys("revoke", id)).toMatchObject({
    status: 1,
    json: { error: expect.any(String) as string },
  });
  const revoked = await keys("revoke", id, "--tenant", "acme");
  expect(revoked.json).toMatchObject({ id, revoked_at: expect.stringContaining("T") as string });
  expect(await findKeyGrant(terminal.db, terminal.vault, key)).toBeNull();
  await terminal.parley("keys", "list", "--tenant", "acme");
  expect(terminal.outputs.slice(before).join("")).not.toContain(key);
});

it("`all` means every scope; a missing or unknown scope is rejected", async () => {
  expect((await keys("create", "admin", "--scopes", "all")).json).toMatchObject({ scopes: [...SCOPES] });
  expect((await keys("create", "none")).status).toBe(2);
  const wrong = await keys("create", "wrong", "--scopes", "contacts:delete");
  expect(wrong).toMatchObject({ status: 2 });
  expect(wrong.json["error"]).toContain("contacts:read");
  expect(wrong.stderr).toContain("contacts:read");
});
