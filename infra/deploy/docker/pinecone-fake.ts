import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { createPineconeFake } from "../../sandbox/fakes/pinecone/pinecone-fake.ts";

/** Pinecone's own emulator speaks API 2025-01 and refuses the indexes that our client makes, so a trial uses our fake. */
const fake = createPineconeFake({ dataDir: process.env["FAKE_DATA"] });
const { port } = new URL(await fake.listen(0));

/**
 * The fake listens on loopback alone; this lets the other containers in. Host headers pass through untouched: an index
 * is found under the name by which the caller asked.
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

/** A caller that hangs up in the middle is no error of ours. */
function ignore(): void {}
