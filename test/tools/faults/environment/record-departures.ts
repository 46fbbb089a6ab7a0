import { subscribe } from "node:diagnostics_channel";
import { openSync, writeSync } from "node:fs";
import type { Socket } from "node:net";

/*
 * Loaded into every Parley process with `--import`. It records when the bytes of each outgoing request are written to their connection.
 * undici publishes this, and all calls to vendors use undici. The clock is the monotonic one, which no fault moves.
 */

const FILE = process.env["FAULTS_DEPARTURES_FILE"];

if (FILE !== undefined) {
  // Opened once: a process at its limit of descriptors must not fail because of this record.
  const file = openSync(FILE, "a");
  subscribe("undici:client:sendHeaders", (message) => {
    const { socket, request } = message as { socket: Socket; request: { method: string; path: string } };
    if (request.method !== "POST") return;
    const { pid } = process;
    const monotonicMs = Number(process.hrtime.bigint()) / 1e6;
    const departure = { pid, path: request.path, port: socket.localPort, monotonicMs };
    writeSync(file, `${JSON.stringify(departure)}\n`);
  });
}
