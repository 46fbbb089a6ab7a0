import type { FastifyInstance } from "fastify";
import { Problem } from "./problem.ts";

/** Text that is not UTF-8 would be stored with other characters. A byte order mark is no part of the text. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The routes of this scope take JSON in UTF-8 or no body. */
export function acceptJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const parse = scope.getDefaultJsonParser("error", "error");
  scope.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes: Buffer, done) => {
    if (bytes.length === 0) return done(null, undefined);
    try {
      void parse(request, utf8.decode(bytes), done);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      done(new Problem("bad_request", "The body is not UTF-8."));
    }
  });
}
