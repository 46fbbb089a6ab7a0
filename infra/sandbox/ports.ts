import { connect, createServer, type Server } from "node:net";
import { UserError } from "../runtime/errors.ts";

/** A free port, reserved as described below. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/**
 * Free ports that no other call and no other Parley process gets. A process reserves blocks of ports: it listens on the first port of a
 * block until it ends, and uses only the rest of the block. Otherwise two processes that start servers at the same time could get the same
 * port, because a port is free until its server listens.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = reserved.pop();
    if (port === undefined) reserved.push(...(await reserveBlock()));
    else if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** Ports of this process that no call has returned. */
const reserved: number[] = [];

/**
 * Below the range that the system uses for outgoing connections (from 32768 on Linux): such a connection could take the port before the
 * server starts on it.
 */
const RANGE = { from: 15_000, to: 32_000 };
const BLOCK_SIZE = 32;
const MAX_ATTEMPTS = 100;

async function reserveBlock(): Promise<number[]> {
  const blocks = Math.floor((RANGE.to - RANGE.from) / BLOCK_SIZE);
  for (let attempt = 1; ; attempt++) {
    const first = RANGE.from + BLOCK_SIZE * Math.floor(Math.random() * blocks);
    try {
      (await listenAt(first)).unref();
      return Array.from({ length: BLOCK_SIZE - 1 }, (_, i) => first + 1 + i);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = await listenAt(port).catch(() => null);
  if (server === null) return false;
  await new Promise((closed) => server.close(closed));
  return true;
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
