/** What one room may import apart from itself and Node's own modules. Folders end with a slash. */
export interface ImportRule {
  may: readonly string[];
  /** Permitted in type imports only. */
  types: readonly string[];
  packages: readonly string[] | "all";
}

/** The first rule with the room of a file applies: `infra/` has a room for each of its folders. docs/architecture.md shows this table. */
export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  "workflows/": {
    may: [],
    types: ["activities/contract.ts"],
    packages: ["@temporalio/workflow", "@temporalio/common"],
  },
  "activities/": {
    may: [
      "db/",
      "infra/runtime/",
      "infra/channels/",
      "workflows/names.ts",
      "workflows/failures.ts",
      "workflows/time-limits.ts",
    ],
    types: ["workflows/"],
    packages: [
      "@temporalio/activity",
      "@temporalio/client",
      "chardet",
      "cockatiel",
      "fflate",
      "htmlparser2",
      "libphonenumber-js",
      "linkify-it",
      "lru-cache",
      "mammoth",
      "markdown-it",
      "mdast",
      "mdast-util-from-markdown",
      "mdast-util-gfm-strikethrough",
      "mdast-util-gfm-table",
      "mdast-util-to-string",
      "micromark-extension-gfm-strikethrough",
      "micromark-extension-gfm-table",
      "numfmt",
      "openai",
      "p-limit",
      "papaparse",
      "stdnum",
      "tlds",
      "unpdf",
      "yaml",
      "zod",
    ],
  },
  "api/": {
    may: ["db/", "infra/runtime/", "infra/channels/", "workflows/names.ts"],
    types: ["workflows/"],
    packages: [
      "@fastify/swagger",
      "@fastify/swagger-ui",
      "@temporalio/client",
      "drizzle-orm",
      "fastify",
      "lru-cache",
      "p-limit",
      "zod",
    ],
  },
  // A failpoint lies between two statements of one transaction, the patches of the drivers lie with the other patches, and all
  // rooms share one retry loop and one classification of errors. The settings and the clients read the address of a server the same way.
  "db/": {
    may: [
      "workflows/names.ts",
      "workflows/time-limits.ts",
      "infra/runtime/failpoint.ts",
      "infra/runtime/faults/",
      "infra/runtime/network/fetch-with-limit.ts",
      "infra/runtime/patches/",
      "infra/runtime/retry-transient.ts",
      "infra/runtime/servers/",
      "infra/runtime/step-end.ts",
    ],
    types: ["workflows/"],
    packages: ["@pinecone-database/pinecone", "drizzle-orm", "ioredis", "lru-cache", "pg", "uuid"],
  },
  "infra/runtime/patches/": {
    may: ["infra/runtime/"],
    types: [],
    packages: ["@temporalio/worker", "drizzle-orm", "lru-cache", "pg"],
  },
  // The settings of the process include those of each channel.
  "infra/runtime/": {
    may: ["infra/channels/", "workflows/names.ts", "workflows/time-limits.ts"],
    types: ["workflows/"],
    packages: [
      "@temporalio/client",
      "@temporalio/common",
      "@temporalio/envconfig",
      "@temporalio/worker",
      "cockatiel",
      "gpt-tokenizer",
      "ipaddr.js",
      "lru-cache",
      "p-limit",
      "pino",
      "piscina",
      "undici",
      "zod",
    ],
  },
  "infra/channels/": { may: ["infra/runtime/"], types: ["db/"], packages: ["libphonenumber-js", "zod"] },
  "infra/sandbox/": {
    may: ["db/", "infra/runtime/", "infra/channels/", "workflows/names.ts"],
    types: ["workflows/"],
    packages: "all",
  },
  // The command line starts processes by their entries, loads documents and asks the channels for their rules.
  "infra/cli/": {
    may: [
      "db/",
      "api/operations/",
      "api/views/",
      "api/server.ts",
      "activities/worker/worker.ts",
      "activities/answer/retrieval/",
      "activities/answer/model/",
      "activities/channels/registry.ts",
      "infra/runtime/",
      "infra/channels/",
      "infra/sandbox/",
      "workflows/names.ts",
      "workflows/failures.ts",
    ],
    types: ["activities/", "api/", "workflows/"],
    packages: "all",
  },
  "infra/deploy/": { may: ["infra/sandbox/"], types: [], packages: "all" },
};

/** Imports of one file that the rule of its room does not cover. */
export const IMPORT_EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // One file wires the worker, one implements an interface of the SDK, and the sweeper's lock needs a connection of its own.
  "activities/worker/worker.ts": ["@temporalio/worker"],
  "activities/worker/task-slots.ts": ["@temporalio/worker"],
  "activities/worker/prepare-process.ts": ["@temporalio/worker"],
  "activities/worker/sweeper-lock.ts": ["pg"],
};
