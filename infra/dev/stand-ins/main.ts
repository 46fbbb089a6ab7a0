import { startStandIns } from "./start-stand-ins.ts";

/** All stand-ins in one process; the line that it prints when they listen tells their addresses. */
const { urls, stop } = await startStandIns(process.env);
process.stdout.write(`${JSON.stringify({ ready: true, ...urls })}\n`);
process.once("SIGTERM", () => void stop());
