import type { Command } from "commander";
import type { Client } from "@temporalio/client";
import { UserError } from "../../runtime/errors.ts";
import type { Config } from "../../runtime/config/config.ts";
import { connectTemporal, temporalSettings } from "../../runtime/temporal/temporal-client.ts";
import { workerVersion } from "../../runtime/temporal/worker-version.ts";
import {
  type DeploymentView,
  type DeploymentKey,
  describeDeployment,
  promoteVersion,
  rampVersion,
  releaseVersion,
} from "../tasks/deployment.ts";
import { UsageError } from "../usage-error.ts";
import { describeRows } from "../views/describe-fields.ts";
import { addCommand, type CommandOptions, runCommand } from "../run-command.ts";

interface DeploymentContext {
  client: Client;
  key: DeploymentKey;
  /** The build that was named, or this very code's. */
  buildId: string;
}

const COLUMNS = ["build_id", "status", "workers", "open_runs", "may_end"];

/** Which version of the workers gets what: for installations that set TEMPORAL_DEPLOYMENT_NAME. */
export function addDeploymentCommands(program: Command): void {
  const deployment = program
    .command("deployment")
    .description(
      "Which version of the workers begins runs, and what still runs on older ones (docs/deploys.md).",
    );

  addCommand(deployment, {
    name: "show",
    description: "All versions, and which of them may be ended.",
  }).action(async (options: CommandOptions) => {
    await runDeploymentCommand(options, undefined, ({ client, key }) => describeDeployment(client, key));
  });

  addCommand(deployment, {
    name: "promote [build]",
    description: "Makes a version the current one: this very code's, where none is named.",
    examples: ["deployment promote", "deployment promote 4f0c9a5be1d27788"],
  }).action(async (build: string | undefined, options: CommandOptions) => {
    await runDeploymentCommand(options, build, async ({ client, key, buildId }) => {
      await promoteVersion(client, key, buildId);
      return await describeDeployment(client, key);
    });
  });

  addCommand(deployment, {
    name: "ramp <percent> [build]",
    description: "Gives a version a share of what begins; 0 takes it back.",
    examples: ["deployment ramp 10", "deployment ramp 0"],
  }).action(async (percent: string, build: string | undefined, options: CommandOptions) => {
    await runDeploymentCommand(options, build, async ({ client, key, buildId }) => {
      await rampVersion(client, key, { buildId, percentage: parsePercent(percent) });
      return await describeDeployment(client, key);
    });
  });

  addCommand(deployment, {
    name: "release <build>",
    description:
      "Lets runs that were to end on an old version go on with the current one. Only where `npm run replay` passes.",
    examples: ["deployment release 4f0c9a5be1d27788"],
  }).action(async (build: string, options: CommandOptions) => {
    await runDeploymentCommand(options, build, async ({ client, key, buildId }) => {
      const released = await releaseVersion(client, key, buildId);
      return { released, ...(await describeDeployment(client, key)) };
    });
  });
}

async function runDeploymentCommand<Found extends DeploymentView>(
  options: CommandOptions,
  build: string | undefined,
  act: (context: DeploymentContext) => Promise<Found>,
): Promise<void> {
  await runCommand<Found>(options, {
    describe: describeVersions,
    work: async ({ config }) => {
      const version = readVersion(config);
      const client = connectTemporal(temporalSettings(config), config.PARLEY_ENCRYPTION_KEYS);
      const { deploymentName } = version;
      const taskQueue = config.PARLEY_TASK_QUEUE;
      const key = { namespace: config.TEMPORAL_NAMESPACE, deploymentName, taskQueue };
      try {
        return await act({ client, key, buildId: build ?? version.buildId });
      } finally {
        await client.connection.close();
      }
    },
  });
}

function readVersion(config: Config) {
  const version = workerVersion(config);
  if (version !== null) return version;
  throw new UserError("TEMPORAL_DEPLOYMENT_NAME is not set, so these workers have no versions.");
}

function parsePercent(text: string): number {
  const percent = Number(text);
  if (/^\d{1,3}$/.test(text) && percent <= 100) return percent;
  throw new UsageError([{ field: "<percent>", message: "must be a whole number from 0 to 100" }]);
}

function describeVersions({ versions, ...facts }: DeploymentView): string {
  const current = facts.current_build_id ?? "none: nothing begins until one is promoted";
  const ramping = facts.ramping_build_id;
  const lines = [
    `Deployment ${facts.deployment}, current version ${current}`,
    ...(ramping === null ? [] : [`${facts.ramping_percent} % of what begins goes to ${ramping}`]),
    "",
    describeRows(versions, COLUMNS),
  ];
  return lines.join("\n");
}
