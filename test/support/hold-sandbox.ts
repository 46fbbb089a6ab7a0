import { silentProgress } from "../../infra/sandbox/progress.ts";
import { startSandbox } from "../../infra/sandbox/sandbox.ts";

/** A launcher for tests: starts the sandbox on a data folder, prints the pids, and keeps it running. */
const sandbox = await startSandbox({
  dataDir: process.argv[2] ?? "",
  progress: silentProgress,
  ports: "free",
});
const pids = ["temporal", "postgres", "redis", "fakes"].map((name) => sandbox.pidOf(name));
process.stdout.write(`${JSON.stringify({ pids })}\n`);
setInterval(() => undefined, 60_000);
