import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { createPineconeFake } from "../../sandbox/fakes/pinecone/pinecone-fake.ts";

/** Pinecone's own emulator has API 2025-01 and refuses the indexes of our client, so a trial uses our fake. */
const fake = createPineconeFake({ dataDir: process.env["FAKE_DATA"] });
const { port } = new URL(await fake.listen(0));

/**
 * The fake listens only on loopback. This proxy lets the other containers in. It does not change the Host header, because an index has
 * the host name that the caller used.
 */
const door = createServer((outside) => {
  const inside = connect(Number(port), "127.0.0.1");
  pipeline(outside, inside, ignore);
  pipeline(inside, outside, ignore);
});
door.listen(Number(process.env["PORT"] ?? 5080), process.env["HOST"] ?? "127.0.0.1");

process.once("SIGTERM", () => {
  door.close();
  void fake.close();
});

/** A caller that closes its connection early is not an error. */
function ignore(): void {}
