import { readdirSync, readFileSync, existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { FAILPOINT_NAMES } from "../infra/runtime/failpoint.ts";
import { buildWorkflowBundle } from "../infra/runtime/temporal/workflow-bundle.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROOMS = ["workflows", "activities", "api", "db", "infra", "test"];
const MAX_LINES = 250;
/** Tables of data, not of logic. */
const LONG_BY_NATURE = new Set<string>();

const sources = ROOMS.flatMap((room) => filesOf(room)).filter((file) => file.endsWith(".ts"));

describe("the rooms", () => {
  it("import only what the table in docs/architecture.md allows", () => {
    const broken = sources
      .filter((file) => !file.startsWith("test/"))
      .flatMap((file) =>
        importsOf(file)
          .filter((found) => !isAllowed(file, found))
          .map((found) => `${file} imports ${found.target}`),
      );
    expect(broken).toEqual([]);
  });

  it("keep their files below 250 lines", () => {
    const long = sources.filter(
      (file) => !file.startsWith("test/") && !LONG_BY_NATURE.has(file) && lines(file) > MAX_LINES,
    );
    expect(long.map((file) => `${file}: ${lines(file)}`)).toEqual([]);
  });

  it("have no file named for what it is not (utils, helpers, common, manager)", () => {
    expect(sources.filter((file) => /(^|\/)(utils?|helpers?|common|manager)\.ts$/.test(file))).toEqual([]);
  });
});

describe("the crash points", () => {
  it("stand each at one place of the product", () => {
    const product = sources.filter((file) => !file.startsWith("test/"));
    const named = product.flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/failpoint\("(\w+)"\)/g)].map(
        ([, name = ""]) => name,
      ),
    );
    expect(new Set(named)).toEqual(new Set(FAILPOINT_NAMES));
    expect(named).toHaveLength(FAILPOINT_NAMES.length);
  });
});

describe("the workflow bundle", () => {
  it("holds the SDK and our workflows, and nothing that reaches outside the sandbox", async () => {
    const { codePath } = await buildWorkflowBundle(join(ROOT, "workflows/index.ts"));
    const code = readFileSync(codePath, "utf8");
    const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].map(([, name = ""]) => name);
    expect(modules.length).toBeGreaterThan(20);
    const packages = new Set(
      modules.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? []),
    );
    expect([...packages].filter((name) => !SANDBOX_PACKAGES.has(name))).toEqual([]);
    const ours = modules.filter((name) => name.startsWith("./") && !name.includes("node_modules"));
    expect(
      ours.filter((name) => !/^\.\/(workflows|infra\/runtime\/temporal\/failure-converter)/.test(name)),
    ).toEqual([]);
  });

  it("has workflows of ours that set no globals, which runs of one process would share", () => {
    const own = sources.filter((file) => file.startsWith("workflows/"));
    expect(own.length).toBeGreaterThan(5);
    expect(own.filter((file) => /\b(globalThis|var)\b/.test(readFileSync(join(ROOT, file), "utf8")))).toEqual(
      [],
    );
  });
});

describe("the README", () => {
  const readme = existsSync(join(ROOT, "README.md")) ? readFileSync(join(ROOT, "README.md"), "utf8") : "";

  it("names only scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run ([\w:]+)|(test))/g)].map(
      ([, script, test]) => script ?? test ?? "",
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("names only files and folders that exist", () => {
    const named = [...readme.matchAll(/`((?:workflows|activities|api|db|infra|test|docs)\/[\w./-]*)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("is 150 lines at most", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(150);
  });
});

const SANDBOX_PACKAGES = new Set([
  "@temporalio/workflow",
  "@temporalio/common",
  "@temporalio/worker",
  "@temporalio/proto",
  "@opentelemetry/api",
  "long",
  "ms",
  "nexus-rpc",
  "protobufjs",
  "proto3-json-serializer",
  "@protobufjs",
]);

interface Import {
  target: string;
  typeOnly: boolean;
}

/** Who may know whom: room (or sub-room) to what it may import, beside itself and node's own modules. */
const ALLOWED: Readonly<Record<string, { rooms: RegExp; typeRooms: RegExp; packages: RegExp }>> = {
  workflows: {
    rooms: /^$/,
    typeRooms: /^activities\/contract\.ts$/,
    packages: /^@temporalio\/(workflow|common)$/,
  },
  activities: {
    rooms: /^(db|infra\/(runtime|channels))\/|^workflows\/(names|failures)\.ts$/,
    typeRooms: /^workflows\//,
    packages:
      /^(openai|@temporalio\/(activity|client)|cockatiel|gpt-tokenizer|libphonenumber-js|lru-cache|zod|mdast|mdast-util-.*|node-html-parser|unpdf)(\/|$)/,
  },
  api: {
    rooms: /^(db|infra\/(runtime|channels))\/|^workflows\/names\.ts$/,
    typeRooms: /^workflows\//,
    packages: /^(fastify|@fastify\/swagger(-ui)?|@temporalio\/client|drizzle-orm|lru-cache|zod)$/,
  },
  // A crash point lies between two statements of one transaction, the patches of the drivers lie with the other patches, and all
  // rooms share one retry loop.
  db: {
    rooms: /^(workflows\/names|infra\/runtime\/(failpoint|retry-transient))\.ts$|^infra\/runtime\/patches\//,
    typeRooms: /^workflows\//,
    packages: /^(pg|drizzle-orm|ioredis|lru-cache|@pinecone-database\/pinecone)(\/|$)/,
  },
  // The settings of the process include those of each channel.
  "infra/runtime": {
    rooms: /^infra\/channels\/|^workflows\/names\.ts$/,
    typeRooms: /^workflows\//,
    packages:
      /^(@temporalio\/(client|common|envconfig|worker)|cockatiel|p-limit|zod|pino|undici|ipaddr\.js|lru-cache)$/,
  },
  "infra/channels": {
    rooms: /^infra\/runtime\//,
    typeRooms: /^db\//,
    packages: /^(zod|libphonenumber-js)$/,
  },
  "infra/sandbox": {
    rooms: /^(db|infra\/(runtime|channels))\/|^workflows\/names\.ts$/,
    typeRooms: /^workflows\//,
    packages: /./,
  },
  // The command line calls the operations, starts processes by their entries, loads documents and asks the channels for their rules.
  "infra/cli": {
    rooms:
      /^(db|api\/(operations|views)|infra\/(runtime|sandbox|channels))\/|^workflows\/names\.ts$|^activities\/answer\/(retrieval|model)\/|^(api\/server|activities\/(worker\/worker|channels\/registry))\.ts$/,
    typeRooms: /./,
    packages: /./,
  },
  "infra/deploy": { rooms: /^infra\/sandbox\//, typeRooms: /./, packages: /./ },
};

const PATCHED_PACKAGES = /^(pg|drizzle-orm|@temporalio\/worker)(\/|$)/;

function isAllowed(file: string, { target, typeOnly }: Import): boolean {
  const room = roomOf(file);
  const rule = ALLOWED[room];
  if (rule === undefined || target.startsWith("node:")) return true;
  // One file wires the worker, and tests of entries belong nowhere else.
  if (file === "activities/worker/worker.ts" && target === "@temporalio/worker") return true;
  if (file === "activities/worker/sweeper-lock.ts" && target === "pg") return true;
  if (file.startsWith("infra/runtime/patches/") && PATCHED_PACKAGES.test(target)) return true;
  const isOurs = ROOMS.some((name) => target.startsWith(`${name}/`));
  if (!isOurs) return rule.packages.test(target);
  return roomOf(target) === room || rule.rooms.test(target) || (typeOnly && rule.typeRooms.test(target));
}

function roomOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  return first === "infra" ? `infra/${second}` : first;
}

/** Static and dynamic imports; ours as paths from the root. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const found = [...text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from "([^"]+)"|import\("([^"]+)"\)/gm)];
  return found.map(([, typeWord, source = "", lazy = ""]) => {
    const name = source || lazy;
    const target = name.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), name)) : name;
    return { target, typeOnly: typeWord !== undefined };
  });
}

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name}`)
    .filter((name) => statSync(join(ROOT, name)).isFile());
}

function lines(file: string): number {
  return readFileSync(join(ROOT, file), "utf8").split("\n").length;
}
