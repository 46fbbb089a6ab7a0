import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectVectors } from "../../../db/knowledge/vectors.ts";
import { freePort, isListening } from "../../../infra/sandbox/ports.ts";
import { eventually } from "../../support/eventually.ts";
import { fromRoot, serviceOf } from "./compose-file.ts";

const VERSION = { id: "m@2", embeddingModel: "m", dimensions: 2, pineconeIndex: "parley-1" };
const RECORDS = [
  { id: "near", values: [1, 0] },
  { id: "far", values: [0, 1] },
];
const service = serviceOf("pinecone");

let dataDir: string;
let port: number;
let container: ChildProcess;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "parley-pinecone-"));
  port = await freePort();
  container = await start();
});
afterEach(async () => {
  await stop();
  rmSync(dataDir, { recursive: true });
});

describe("the pinecone service", () => {
  it("serves the vectors' own client, at the address by which it was asked", async () => {
    await vectors().ensureIndex(VERSION);
    await vectors().upsert(VERSION, "tenant", RECORDS);
    const question = { tenantId: "tenant", vector: [1, 0.1], limit: 2 };
    expect(await vectors().search(VERSION, question)).toEqual(["near", "far"]);
  });

  it("the service ends at SIGTERM and has all data after the next start", async () => {
    await vectors().ensureIndex(VERSION);
    await vectors().upsert(VERSION, "tenant", RECORDS);
    expect(await stop()).toBe(0);
    container = await start();
    const question = { tenantId: "tenant", vector: [0, 1], limit: 1 };
    expect(await vectors().search(VERSION, question)).toEqual(["far"]);
  });

  it("passes its health check while it runs and fails it when it is gone", async () => {
    expect(healthCheck()).toBe(0);
    await stop();
    expect(healthCheck()).toBe(1);
  });
});

async function start(): Promise<ChildProcess> {
  const [, entry = ""] = service.entrypoint ?? [];
  const env = { ...process.env, HOST: "127.0.0.1", PORT: String(port), FAKE_DATA: dataDir };
  const child = spawn(process.execPath, [fromRoot(entry)], { env, stdio: "inherit" });
  await eventually("the fake listens", () => isListening(port));
  return child;
}

async function stop(): Promise<number | null> {
  if (container.exitCode === null) {
    container.kill("SIGTERM");
    await once(container, "exit");
  }
  return container.exitCode;
}

function vectors() {
  const place = { cloud: "aws", region: "us-east-1" };
  return connectVectors({ apiKey: "any", controllerHost: `http://127.0.0.1:${port}`, ...place });
}

/** The command of docker-compose.yml, on the port of this test. */
function healthCheck(): number | null {
  const [, , ...args] = service.healthcheck?.test ?? [];
  return spawnSync(
    process.execPath,
    args.map((arg) => arg.replace(":5080/", `:${port}/`)),
  ).status;
}
