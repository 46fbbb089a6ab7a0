import { silentProgress } from "../../infra/dev/progress.ts";
import { startStack } from "../../infra/dev/stack.ts";

/** A launcher for tests: starts the stack on a data folder, says so, and holds it until it is ended. */
const stack = await startStack({ dataDir: process.argv[2] ?? "", progress: silentProgress, ports: "free" });
const pids = ["temporal", "postgres", "redis", "stand-ins"].map((name) => stack.pidOf(name));
process.stdout.write(`${JSON.stringify({ pids })}\n`);
setInterval(() => undefined, 60_000);
