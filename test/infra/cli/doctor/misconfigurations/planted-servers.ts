import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import { freePort } from "../../../../../infra/sandbox/ports.ts";
import { openHttpPeer } from "../../../../support/http-peer.ts";

/* Servers that refuse Parley as a wrongly configured one does. Each ends with its test. */

/** PostgreSQL, or a pooler, that refuses every connection with this SQLSTATE and message. */
export async function refusingPostgres(state: string, message: string): Promise<string> {
  const fields = [`SFATAL`, `VFATAL`, `C${state}`, `M${message}`].map((field) => `${field}\0`).join("");
  const body = Buffer.from(`${fields}\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  const error = Buffer.concat([Buffer.from("E"), length, body]);
  const port = await listen(createServer((socket) => void socket.once("data", () => socket.end(error))));
  return `postgres://parley:secret-password@127.0.0.1:${port}/parley`;
}

/** PostgreSQL with a certificate of an unknown authority. */
export async function untrustedPostgres(): Promise<string> {
  const { key, cert } = createCertificate();
  const port = await listen(
    createServer((socket) => {
      socket.once("data", () => {
        socket.write("S");
        new TLSSocket(socket, { isServer: true, key, cert }).on("error", () => undefined);
      });
    }),
  );
  return `postgres://parley:secret-password@127.0.0.1:${port}/parley?sslmode=verify-full`;
}

/** PostgreSQL without TLS. */
export async function plainPostgres(): Promise<string> {
  const port = await listen(createServer((socket) => void socket.once("data", () => socket.write("N"))));
  return `postgres://parley:secret-password@127.0.0.1:${port}/parley?sslmode=verify-full`;
}

/** A real Redis with a password for all, and a user who may run no scripts. */
export async function openProtectedRedis(): Promise<{ address: string; password: string; limited: string }> {
  const port = await freePort();
  const [password, limited] = ["redis-password", "limited:limited-password"];
  const user = "user limited on >limited-password ~* &* +@all -@scripting".split(" ");
  const options = ["--port", String(port), "--save", "", "--requirepass", password];
  const child = spawn("redis-server", [...options, "--bind", "127.0.0.1", `--${user[0]}`, ...user.slice(1)], {
    stdio: "ignore",
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "exit");
  });
  await waitForPort(port);
  return { address: `127.0.0.1:${port}`, password, limited };
}

/** A node of a Redis Cluster that serves other slots. */
export async function clusterNode(): Promise<string> {
  return await refusingRedis((command) =>
    command === "evalsha" || command === "eval" ? "-MOVED 3999 10.0.0.7:6379" : null,
  );
}

/** A service that does not know the command of scripts. */
export async function redisWithoutScripts(): Promise<string> {
  return await refusingRedis((command) =>
    command === "evalsha" || command === "eval" ? `-ERR unknown command '${command}'` : null,
  );
}

async function refusingRedis(refuse: (command: string) => string | null): Promise<string> {
  const replies: Readonly<Record<string, string>> = {
    info: "$9\r\nrole:test",
    get: "$-1",
    publish: ":0",
  };
  const port = await listen(
    createServer((socket) => {
      socket.on("data", (data) => {
        // An array of bulk strings: the command is the first one.
        for (const [, name = ""] of String(data).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
          const command = name.toLowerCase();
          socket.write(`${refuse(command) ?? replies[command] ?? "+OK"}\r\n`);
        }
      });
    }),
  );
  return `redis://127.0.0.1:${port}`;
}

/** A Temporal whose every call ends with this status of gRPC. */
export async function refusingTemporal(status: number): Promise<string> {
  const server = createHttp2Server();
  server.on("stream", (stream) => {
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        "grpc-status": String(status),
        "grpc-message": "no",
      },
      { endStream: true },
    );
    stream.on("error", () => undefined);
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => void sessions.add(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface PlantedResponse {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A vendor that responds as the test says, with its URL. */
export async function openVendor(respond: (path: string) => PlantedResponse): Promise<string> {
  const peer = await openHttpPeer((response, { path }) => {
    const { status, body, headers = {} } = respond(path);
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  });
  return peer.url;
}

function createCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "parley-certificate-"));
  try {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-days", "2"];
    const options = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    execFileSync("openssl", [...options, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function waitForPort(port: number): Promise<void> {
  const { connect } = await import("node:net");
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
