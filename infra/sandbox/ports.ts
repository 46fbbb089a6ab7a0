import { connect, createServer, type Server } from "node:net";
import { UserError } from "../runtime/errors.ts";

/** A port that is free now. Use it at once: nothing reserves it. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** All stay open until the last is found, so that no port is returned twice. */
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
 * Below the range that the system uses for outgoing connections (from 32768 on Linux): such a connection could take the port before the
 * server starts on it.
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

/** The port of a setting, or the default. */
export function readFixedPort(setting: string, defaultPort: number): number {
  const given = process.env[setting] || String(defaultPort);
  const port = Number(given);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new UserError(`${setting} is "${given}": it must be a port, a whole number from 1 to 65535.`);
}

/** A port with the service that will listen there and the setting that changes it. */
export interface PortUse {
  port: number;
  service: string;
  setting: string;
}

/** Throws one error that names every port in use and its remedy. */
export async function requireFreePorts(uses: readonly PortUse[]): Promise<void> {
  const checked = await Promise.all(uses.map(async (use) => ({ use, isTaken: await isListening(use.port) })));
  const taken = checked.flatMap(({ use, isTaken }) => (isTaken ? [use] : []));
  const [first] = taken;
  if (first === undefined) return;
  if (taken.length === 1) {
    const { port, service, setting } = first;
    throw new UserError(
      `Port ${port} for ${service} is in use: end the program that holds it (ss -ltnp 'sport = :${port}' names it), or set ${setting} to another port.`,
    );
  }
  const lines = taken.map(({ port, service, setting }) => `  ${port} for ${service}: ${setting}`);
  throw new UserError(
    `${taken.length} ports are in use:\n${lines.join("\n")}\nEnd the programs that hold them (ss -ltnp names them), or set these variables to other ports.`,
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
