import { expect, it } from "vitest";
import { lineAt, readSources } from "../source-files.ts";

/** Connections outside of a pool and sockets that Node hands over: an error without a listener ends the process when the server closes one. */
const OPENED = /new pg\.\w+\(\{\s*\w|new Redis\(|\.server\.on\("(?:connect|upgrade)"/g;
const ROOMS = /^(activities|api|db|infra)\//;

it("every file of the product that opens a connection itself listens for its errors", () => {
  const deaf = readSources()
    .filter(({ path, text }) => ROOMS.test(path) && !/\.on\("error", /.test(text))
    .flatMap(({ path, text }) =>
      [...text.matchAll(OPENED)].map(({ index }) => `${path}:${lineAt(text, index)}`),
    );
  expect(deaf).toEqual([]);
});
