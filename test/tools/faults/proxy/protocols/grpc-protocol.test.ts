import { randomUUID } from "node:crypto";
import { type ClientHttp2Session, connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Client, Connection } from "@temporalio/client";
import { expect, inject, it, onTestFinished } from "vitest";
import { loadConfig } from "../../../../../infra/runtime/config/config.ts";
import { openGrpcReader } from "./grpc-protocol.ts";
import { loseAllResponses, openProxy } from "../open-proxy.ts";
import { urlThroughProxy } from "../proxied-url.ts";

async function openHttp2() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      // A long poll gets no response during the test.
      if (body !== "poll") response.end(`done ${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await openProxy(url, openGrpcReader);
  const session = connect(urlThroughProxy(url, proxy)).on("error", () => undefined);
  onTestFinished(() => session.destroy());
  return { bodies, proxy, session };
}

async function call(session: ClientHttp2Session, body: string): Promise<string> {
  const stream = session.request({ ":method": "POST", ":path": "/Call" });
  let hasResponse = false;
  stream.on("response", () => (hasResponse = true)).end(body);
  const response = await text(stream);
  // A session that is disconnected ends its streams without an error.
  if (!hasResponse) throw new Error("No response.");
  return response;
}

it("the server carries out a call that lost its response, and the other calls of the connection fail", async () => {
  const { bodies, proxy, session } = await openHttp2();
  expect(await call(session, "one ".repeat(30_000))).toContain("done one");
  const poll = call(session, "poll");
  await expect.poll(() => bodies.length).toBe(2);
  await proxy.inject([loseAllResponses()]);
  await expect(call(session, "two")).rejects.toThrow();
  await expect(poll).rejects.toThrow();
  expect(bodies.map((body) => body.slice(0, 4))).toEqual(["one ", "poll", "two"]);
  expect(proxy.counts()).toEqual({ "lose_response call": 1 });
});

it("the server carries out a call that was disconnected as soon as it was forwarded", async () => {
  const { bodies, proxy, session } = await openHttp2();
  await proxy.inject([loseAllResponses({ when: "forwarded" })]);
  await expect(call(session, "one")).rejects.toThrow();
  await expect.poll(() => bodies).toEqual(["one"]);
});

it("Temporal starts a workflow although the client gets no response to the start", async () => {
  const config = loadConfig(inject("sandboxEnv"));
  const proxy = await openProxy(`http://${config.TEMPORAL_ADDRESS}`, openGrpcReader);
  const [straight, proxied] = await Promise.all(
    [config.TEMPORAL_ADDRESS, `127.0.0.1:${proxy.port}`].map(
      async (address) => await Connection.connect({ address }),
    ),
  );
  if (straight === undefined || proxied === undefined) throw new Error("Not connected.");
  onTestFinished(() => Promise.all([straight.close(), proxied.close()]).then(() => undefined));
  const workflowId = `lost-${randomUUID()}`;
  await proxy.inject([loseAllResponses()]);
  const start = new Client({ connection: proxied }).withDeadline(Date.now() + 2_000, async () => {
    await new Client({ connection: proxied }).workflow.start("nothing", {
      workflowId,
      taskQueue: workflowId,
    });
  });
  await expect(start).rejects.toThrow();
  const handle = new Client({ connection: straight }).workflow.getHandle(workflowId);
  expect((await handle.describe()).status.name).toBe("RUNNING");
  await handle.terminate();
  expect(proxy.counts()["lose_response call"]).toBeGreaterThan(0);
});
