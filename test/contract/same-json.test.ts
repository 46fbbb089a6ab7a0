import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import type { PageJson } from "../../api/views/page.ts";
import { VIEWS } from "../../api/views/registry.ts";
import { CASES } from "./contract-cases.ts";
import { type Contract, openContract } from "./open-contract.ts";

const FOLDER = new URL("../../api/views/", import.meta.url);

let contract: Contract;
beforeAll(async () => {
  contract = await openContract();
});
afterAll(() => contract.close());

/** The view's own fields and nothing else. */
function expectToFit(schema: z.ZodType, row: unknown): void {
  const parsed = schema.safeParse(row);
  expect(parsed.error?.issues ?? []).toEqual([]);
  // zod leaves unknown fields out of its result.
  expect(parsed.data).toEqual(row);
}

function hideGenerated(row: unknown, generated: readonly string[]): Record<string, unknown> {
  return { ...(row as object), ...Object.fromEntries(generated.map((name) => [name, "generated"])) };
}

describe("REST and the command line with --json", () => {
  it.each(Object.keys(VIEWS) as (keyof typeof VIEWS)[])(
    "give the same JSON for the view %s",
    async (name) => {
      const { isPage = false, generated = [], read } = CASES[name];
      const { rest, cli } = await read(contract);
      const { schema } = VIEWS[name];
      for (const json of [rest, cli]) {
        const rows = isPage ? (json as PageJson<unknown>).data : [json];
        expect(rows, JSON.stringify(json)).not.toHaveLength(0);
        for (const row of rows) expectToFit(schema, row);
      }
      expect(hideGenerated(cli, generated)).toEqual(hideGenerated(rest, generated));
    },
  );

  it("have a case for each view, and the registry has each view of api/views", async () => {
    expect(Object.keys(CASES)).toEqual(Object.keys(VIEWS));
    const files = readdirSync(FOLDER).filter((file) => file !== "registry.ts");
    const modules = await Promise.all(
      files.map(async (file) => (await import(new URL(file, FOLDER).href)) as Record<string, unknown>),
    );
    const registered: readonly unknown[] = Object.values(VIEWS);
    const missing = modules.flatMap((module) =>
      Object.entries(module).filter(([, value]) => isView(value) && !registered.includes(value)),
    );
    expect(missing.map(([name]) => name)).toEqual([]);
    expect(modules.flatMap((module) => Object.values(module).filter(isView)).length).toBe(registered.length);
  });

  it("page through a list with the same cursors", async () => {
    const { rest, cli, tenant } = contract;
    await rest("POST /v1/keys", { name: "one more", scopes: ["contacts:read"] });
    const first = (await rest("GET /v1/keys?limit=1")) as PageJson<{ id: string }>;
    const cursor = first.next_cursor ?? "";
    const second = (await rest(`GET /v1/keys?limit=1&cursor=${cursor}`)) as PageJson<{ id: string }>;
    expect(await cli("keys", "list", "--limit", "1", "--cursor", cursor)).toMatchObject({
      data: [{ id: second.data[0]?.id }],
      next_cursor: second.next_cursor,
    });
    expect(tenant.key).not.toBe("");
  });

  it("report a failure with the same code", async () => {
    const { rest, cli, endpointId, tenant } = contract;
    const id = randomUUID();
    const take = `/v1/conversations/${tenant.conversationId}`;
    await rest(`POST ${take}/take-over`, { agent: "dana" });
    await rest(`POST /v1/event-endpoints/${endpointId}/disable`);
    const failures: [code: string, rest: Promise<unknown>, args: string[]][] = [
      ["not_found", rest(`GET /v1/contacts/${id}`), ["contacts", "show", id]],
      ["not_found", rest(`GET /v1/turns/${id}`), ["turns", "show", id]],
      ["not_found", rest(`POST /v1/dead-letters/${id}/replay`, {}), ["dlq", "replay", id]],
      ["not_found", rest(`POST /v1/dead-letters/${id}/restore`, {}), ["dlq", "restore", id]],
      [
        "taken_over_by_other",
        rest(`POST ${take}/take-over`, { agent: "eve" }),
        ["conversations", "take-over", tenant.conversationId, "--agent", "eve"],
      ],
      [
        "conversation_silent",
        rest(`POST ${take}/handoff`, { timeout_s: 60 }),
        ["conversations", "handoff", tenant.conversationId],
      ],
      [
        "endpoint_disabled",
        rest(`POST /v1/event-endpoints/${endpointId}/test`),
        ["endpoints", "test", endpointId],
      ],
      [
        "request_invalid",
        rest(`POST /v1/contacts/${tenant.contactId}/link`, { contact_id: tenant.contactId }),
        ["contacts", "link", tenant.contactId, tenant.contactId],
      ],
    ];
    for (const [code, response, args] of failures) {
      expect(await response, args.join(" ")).toMatchObject({ code });
      expect(await cli(...args), args.join(" ")).toMatchObject({
        code,
        error: expect.any(String) as string,
      });
    }
  });
});

function isView(value: unknown): boolean {
  return typeof value === "object" && value !== null && "schema" in value && "example" in value;
}
