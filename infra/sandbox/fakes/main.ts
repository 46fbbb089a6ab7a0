import { startFakes } from "./start-fakes.ts";

/** All fakes in one process. When they listen, it prints one line with their addresses. */
const { urls, stop } = await startFakes(process.env);
process.stdout.write(`${JSON.stringify({ ready: true, ...urls })}\n`);
process.once("SIGTERM", () => void stop());
