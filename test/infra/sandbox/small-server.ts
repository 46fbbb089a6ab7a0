import { isListening } from "../../../infra/sandbox/ports.ts";
import type { ServiceSpec } from "../../../infra/sandbox/processes/supervisor.ts";

const LISTEN = `
  require("node:net").createServer((socket) => socket.on("error", () => undefined).end()).listen(Number(process.env.SMALL_PORT), "127.0.0.1");
  console.log("up as " + process.pid);`;

/** A real process that listens, for tests that need a part but no particular one; `script` runs in it first. */
export function smallServer(
  name: string,
  { port, script = "" }: { port: number; script?: string },
): ServiceSpec {
  return {
    name,
    command: process.execPath,
    args: ["-e", `${script};${LISTEN}`],
    env: { PATH: process.env["PATH"] ?? "", SMALL_PORT: String(port) },
    isReady: () => isListening(port),
    readyWithinMs: 20_000,
  };
}
