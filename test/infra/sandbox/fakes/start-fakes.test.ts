import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bodyOf } from "./body-of.ts";
import { startFakes } from "../../../../infra/sandbox/fakes/start-fakes.ts";
import { FAKE_NAMES } from "../../../../infra/sandbox/fakes/registry.ts";

const MODULE = fileURLToPath(new URL("../../../../infra/sandbox/fakes/start-fakes.ts", import.meta.url));
const ENTRY = `const { startFakes } = await import(${JSON.stringify(MODULE)});
const { urls } = await startFakes(process.env);
console.log(JSON.stringify(urls));`;
const ACCOUNT = `AC${"a".repeat(32)}`;

let folder: string;
let children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fakes-"));
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children = [];
  rmSync(folder, { recursive: true });
});

async function startProcess(): Promise<{ child: ChildProcess; twilio: string }> {
  const env = { ...process.env, FAKE_DATA: folder, TWILIO_AUTH_TOKEN: "token" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", ENTRY], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = await once(child.stdout, "data");
  return { child, twilio: JSON.parse(String(line)).twilio };
}

async function send(twilio: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${ACCOUNT}:token`).toString("base64")}`;
  const body = new URLSearchParams({ To: "+15550100001", From: "+15550100200", Body: "Hello" });
  const url = `${twilio}/2010-04-01/Accounts/${ACCOUNT}/Messages.json`;
  return (await fetch(url, { method: "POST", headers: { authorization }, body })).status;
}

test("an accepted text is still there after the process was killed", async () => {
  const first = await startProcess();
  expect(await send(first.twilio)).toBe(201);
  const ended = once(first.child, "exit");
  first.child.kill("SIGKILL");
  await ended;
  const second = await startProcess();
  const { messages } = await bodyOf(await fetch(`${second.twilio}/__control/messages?since=0`));
  expect(messages).toMatchObject([{ seq: 1, body: "Hello" }]);
});

test("all of them listen on loopback alone and end together", async () => {
  const { urls, stop } = await startFakes({ FAKE_DATA: folder });
  expect(Object.keys(urls)).toEqual(FAKE_NAMES);
  for (const url of Object.values(urls)) {
    expect(new URL(url).hostname).toBe("127.0.0.1");
    expect((await fetch(`${url}/__control/faults`)).status).toBe(200);
  }
  await stop();
  await expect(fetch(urls.sink)).rejects.toThrow("fetch failed");
});

test("a port that is taken ends the start and lets go of the others", async () => {
  const first = await startFakes({});
  const port = new URL(first.urls.sink).port;
  await expect(startFakes({ FAKE_PORT_SINK: port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await first.stop();
});

test("a port that is no number is named", async () => {
  await expect(startFakes({ FAKE_PORT_SINK: "many" })).rejects.toThrow("FAKE_PORT_SINK must be");
});
