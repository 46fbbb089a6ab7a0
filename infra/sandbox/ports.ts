import { connect, createServer, type Server } from "node:net";
import { UserError } from "../runtime/errors.ts";

/** A port that nobody uses now. Whoever takes it does so at once, since nothing keeps it free. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** All held until the last is found, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/**
 * Below the range from which the system takes ports for outgoing connections (32768 on Linux): one of those would hold the port between
 * our look at it and the start of the server that it is for.
 */
const RANGE = { from: 15_000, to: 32_000 };
const TRIES = 100;

async function listenAnywhere(): Promise<Server> {
  for (let tries = 1; ; tries++) {
    const port = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from));
    try {
      return await listenAt(port);
    } catch (error) {
      if (tries === TRIES) throw error;
    }
  }
}

function listenAt(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** The port that a setting names, or else the usual one. */
export function readFixedPort(setting: string, usual: number): number {
  const given = process.env[setting] || String(usual);
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UserError(`${setting} is "${given}": it must be a port, a whole number from 1 to 65535.`);
}

/** Throws one sentence with the way out when a port is taken. */
export async function requireFreePort(
  port: number,
  { service, setting }: { service: string; setting: string },
): Promise<void> {
  if (!(await isListening(port))) return;
  throw new UserError(
    `Port ${port} for ${service} is in use: end the program that holds it (ss -ltnp 'sport = :${port}' names it), or set ${setting} to another port.`,
  );
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
