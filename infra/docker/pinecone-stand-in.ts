import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { createPineconeStandIn } from "../dev/stand-ins/pinecone/pinecone-stand-in.ts";

/** Pinecone's own emulator speaks API 2025-01 and refuses the indexes that our client makes, so a trial uses our stand-in. */
const standIn = createPineconeStandIn({ dataDir: process.env["STAND_IN_DATA"] });
const { port } = new URL(await standIn.listen(0));

/**
 * The stand-in listens on loopback alone; this lets the other containers in. Host headers pass through untouched: an index
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
  void standIn.close();
});

/** A caller that hangs up in the middle is no error of ours. */
function ignore(): void {}
