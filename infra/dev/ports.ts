import { connect, createServer } from "node:net";
import { StackError } from "./stack-error.ts";

/** A port that nobody uses now. Whoever takes it does so at once, since nothing keeps it free. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Throws one sentence with the way out when a port is taken. */
export async function requireFreePort(
  port: number,
  { part, setting }: { part: string; setting: string },
): Promise<void> {
  if (!(await isListening(port))) return;
  throw new StackError(
    `Port ${port} for ${part} is in use: end the program that holds it (ss -ltnp 'sport = :${port}' names it), or set ${setting} to another port.`,
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
