import { type Command, InvalidArgumentError } from "commander";
import { connectConfiguredVectors } from "../../../activities/answer/retrieval/configured-vectors.ts";
import {
  findIndexVersion,
  listIndexVersions,
  removeIndexVersion,
} from "../../../db/knowledge/index-versions.ts";
import { consoleProgress } from "../../sandbox/progress.ts";
import { UserError } from "../../runtime/errors.ts";
import { connectTemporal, temporalSettings } from "../../runtime/temporal/temporal-client.ts";
import { describeRows } from "../views/describe-fields.ts";
import { configuredIndexVersion } from "../tasks/migrate.ts";
import { reindex } from "../tasks/reindex.ts";
import { addCommand, type CommandOptions, type CommandContext, runCommand } from "../run-command.ts";

const COLUMNS = ["version", "state", "pinecone_index", "created_at"];

/** Versions of the vector index: build another one, go back to an older one, rebuild one that was lost. */
export function addIndexCommands(program: Command): void {
  const index = program
    .command("index")
    .description("Versions of the vector index, one for each embedding model and length (docs/reindex.md).");

  addCommand(index, {
    name: "list",
    description: "All versions, and which one questions are asked of.",
  }).action(async (options: CommandOptions) => {
    await runCommand(options, {
      work: async ({ db }) => ({ versions: (await listIndexVersions(db)).map(formatVersion) }),
      describe: ({ versions }) => describeRows(versions, COLUMNS),
    });
  });

  addCommand(index, {
    name: "build",
    description:
      "Embeds all documents into a version and then uses it. The one in use is filled up where vectors are missing. Ctrl-C leaves the job running.",
    examples: ["index build", "index build --model text-embedding-3-large --dimensions 1024"],
  })
    .option("--model <name>", "embedding model; otherwise PARLEY_EMBEDDING_MODEL")
    .option(
      "--dimensions <count>",
      "numbers in a vector; otherwise PARLEY_EMBEDDING_DIMENSIONS",
      parseWholeNumber,
    )
    .action(async ({ model, dimensions, ...options }: BuildOptions) => {
      await runCommand(options, {
        work: async (given) => {
          const { PARLEY_EMBEDDING_MODEL, PARLEY_EMBEDDING_DIMENSIONS } = given.config;
          const asked = {
            ...given.config,
            PARLEY_EMBEDDING_MODEL: model ?? PARLEY_EMBEDDING_MODEL,
            PARLEY_EMBEDDING_DIMENSIONS: dimensions ?? PARLEY_EMBEDDING_DIMENSIONS,
          };
          return await build(given, configuredIndexVersion(asked));
        },
      });
    });

  addCommand(index, {
    name: "use <version>",
    description: "Goes back to a version that was used before: fills up what came since, then uses it.",
    examples: ["index use text-embedding-3-small@512"],
  }).action(async (id: string, options: CommandOptions) => {
    await runCommand(options, {
      work: async (given) => await build(given, await requireIndexVersion(given, id)),
    });
  });

  addCommand(index, {
    name: "remove <version>",
    description: "Deletes a retired version and its vectors. There is no way back but to build it again.",
  }).action(async (id: string, options: CommandOptions) => {
    await runCommand(options, {
      work: async (given) => {
        const version = await requireIndexVersion(given, id);
        if (!(await removeIndexVersion(given.db, id)))
          throw new UserError(`${id} is ${version.state}; only a retired version can be removed.`);
        await connectConfiguredVectors(given.config).removeIndex(version);
        return { removed: id };
      },
    });
  });
}

type BuildOptions = CommandOptions & { model?: string; dimensions?: number };

async function build({ db, config }: CommandContext, version: Parameters<typeof reindex>[0]["version"]) {
  const temporal = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
  const progress = consoleProgress();
  const began = Date.now();
  try {
    const end = await reindex({
      db,
      temporal,
      config,
      version,
      onProgress: ({ pass, seen, total, embedded, chunksPerS }) =>
        progress.tick(
          `  pass ${pass}: ${seen} of ${total} chunks, ${embedded} embedded, ${chunksPerS} chunks/s`,
        ),
    });
    const { retired, ...counts } = end;
    return { version: version.id, ...counts, retired, took_s: Math.round((Date.now() - began) / 1000) };
  } finally {
    progress.done();
    await temporal.connection.close();
  }
}

async function requireIndexVersion({ db }: CommandContext, id: string) {
  const version = await findIndexVersion(db, id);
  if (version === null)
    throw new UserError(`There is no version ${id}: \`parley index list\` names them all.`);
  return version;
}

function formatVersion({
  id,
  state,
  pineconeIndex,
  createdAt,
}: Awaited<ReturnType<typeof requireIndexVersion>>) {
  return { version: id, state, pinecone_index: pineconeIndex, created_at: createdAt.toISOString() };
}

function parseWholeNumber(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It has to be a whole number from 1 to 9999.");
}
