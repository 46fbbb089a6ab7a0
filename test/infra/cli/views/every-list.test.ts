import type { Command } from "commander";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PageJson } from "../../../../api/views/page.ts";
import { createProgram } from "../../../../infra/cli/program.ts";
import { measureText } from "../../../../infra/cli/views/text-width.ts";
import { type Contract, openContract } from "../../../contract/open-contract.ts";
import { setTerminalWidth } from "../open-terminal.ts";

const WIDTH = 80;

let contract: Contract;
let eventId: string;
beforeAll(async () => {
  contract = await openContract();
  const events = (await contract.rest("GET /v1/events")) as PageJson<{ id: string }>;
  eventId = events.data[0]?.id ?? "";
});
afterAll(() => contract.close());

/** The lists that are not called `list`, and those that need an argument. */
function listArguments({ tenant: { conversationId }, endpointId }: Contract): string[][] {
  return [
    ["turns", "list", conversationId],
    ["deliveries", "retry", "--dry-run"],
    ["events", "deliveries", eventId],
    ["events", "sent-to", endpointId],
  ];
}

function findLists(command: Command, path: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const name = [...path, child.name()];
    return child.name() === "list" ? [name] : findLists(child, name);
  });
}

function allLists(): string[][] {
  const withArguments = listArguments(contract);
  const named = new Set(withArguments.map((args) => args.slice(0, 2).join(" ")));
  const program = createProgram((code) => {
    throw new Error(`ended with ${code}`);
  });
  return [...findLists(program).filter((name) => !named.has(name.join(" "))), ...withArguments];
}

/** `index list` and `tenants list` are about the installation. */
async function runList(args: readonly string[]) {
  const tenant = ["index", "tenants"].includes(args[0] ?? "") ? [] : ["--tenant", "acme"];
  return await contract.terminal.parley(...args, ...tenant);
}

it("the tables of every list fit a terminal of 80 columns, and show their rows", async () => {
  const lists = allLists();
  expect(lists.length).toBeGreaterThan(12);
  const restore = setTerminalWidth(WIDTH);
  try {
    for (const args of lists) {
      const { status, stdout, stderr } = await runList(args);
      expect(status, `${args.join(" ")}: ${stderr}`).toBe(0);
      for (const line of stdout.split("\n"))
        expect(measureText(line), `${args.join(" ")}: ${line}`).toBeLessThanOrEqual(WIDTH);
    }
  } finally {
    restore();
  }
});

it("output that does not go to a terminal has each row in one line", async () => {
  for (const args of allLists().filter((list) => list[1] === "list")) {
    const { stdout } = await runList(args);
    const rows = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("There are more"));
    expect(
      rows.some((line) => line.startsWith(" ") || line.includes("…")),
      stdout,
    ).toBe(false);
  }
});
