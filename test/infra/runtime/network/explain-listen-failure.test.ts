import { createServer } from "node:http";
import { expect, it } from "vitest";
import { UserError } from "../../../../infra/runtime/errors.ts";
import { explainListenFailure } from "../../../../infra/runtime/network/explain-listen-failure.ts";

async function listen(host: string, port: number): Promise<{ error: unknown; port: number; close(): void }> {
  const server = createServer();
  const error = await new Promise<unknown>((resolve) => {
    server.once("error", (cause) => resolve(explainListenFailure(cause, { host, port })));
    server.listen(port, host, () => resolve(null));
  });
  const address = server.address();
  return { error, port: typeof address === "object" ? (address?.port ?? 0) : 0, close: () => server.close() };
}

it("a server that cannot listen names the setting: PORT for a port in use, HOST for an address of another machine", async () => {
  const first = await listen("127.0.0.1", 0);
  expect(first.error).toBeNull();
  const second = await listen("127.0.0.1", first.port);
  first.close();
  expect(second.error).toBeInstanceOf(UserError);
  expect(String(second.error)).toMatch(/PORT: another process listens on port \d+/);
  expect(String((await listen("192.0.2.1", 0)).error)).toMatch(/HOST: this machine has no network interface/);
});
