import { startFakes } from "./start-fakes.ts";

/** All fakes in one process; the line that it prints when they listen tells their addresses. */
const { urls, stop } = await startFakes(process.env);
process.stdout.write(`${JSON.stringify({ ready: true, ...urls })}\n`);
process.once("SIGTERM", () => void stop());
