import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findMessageOutcomes } from "../../../db/inbound/message-outcomes.ts";
import {
  describeDeployment,
  promoteVersion,
  rampVersion,
  releaseVersion,
} from "../../../infra/cli/tasks/deployment.ts";
import { workerVersion } from "../../../infra/runtime/temporal/worker-version.ts";
import { findConversationOf } from "../../support/find-conversation.ts";
import { eventually } from "../../support/eventually.ts";
import { type Installation, openInstallation } from "../../support/open-installation.ts";

const deploymentName = `parley-${randomBytes(5).toString("hex")}`;
let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ env: { TEMPORAL_DEPLOYMENT_NAME: deploymentName } });
});
afterAll(() => parley.close());

const stateOf = async (id: string) => (await findMessageOutcomes(parley.db, [id])).at(0)?.state;
const awaitAnswered = (id: string) =>
  eventually(`an answer to ${id}`, async () => (await stateOf(id)) === "answered");

function readDeployment() {
  const { config, temporal: client } = parley;
  if (client === undefined) throw new Error("No worker runs.");
  const { TEMPORAL_NAMESPACE: namespace, PARLEY_TASK_QUEUE: taskQueue } = config;
  const { buildId } = workerVersion(config) ?? { buildId: "" };
  return { client, buildId, key: { namespace, deploymentName, taskQueue } };
}

async function versioningOf(workflowId: string) {
  const { raw } = await readDeployment().client.workflow.getHandle(workflowId).describe();
  const { behavior, deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  return { behavior: Number(behavior), buildId: deploymentVersion?.buildId };
}

/** Values of the enum of Temporal. */
const PINNED = 1;
const AUTO_UPGRADE = 2;

describe("versioned workers", () => {
  it("versioned workers start no workflow before the promotion, and earlier messages are answered after it", async () => {
    const { client, key, buildId } = readDeployment();
    const { id } = await parley.sendWebhook({ from: "early", text: "Can I return a bell?" });
    await eventually("the version", async () =>
      (await describeDeployment(client, key).catch(() => null))?.versions.some(
        (version) => version.build_id === buildId && version.workers > 0,
      ),
    );
    expect(await stateOf(id)).toBe("pending");
    await eventually("workers on all queues", async () =>
      promoteVersion(client, key, buildId).then(
        () => true,
        () => false,
      ),
    );
    await awaitAnswered(id);
    expect(await describeDeployment(client, key)).toMatchObject({
      deployment: deploymentName,
      current_build_id: buildId,
      ramping_build_id: null,
      versions: [{ build_id: buildId, status: "current", may_end: false }],
    });
  });

  it("a message workflow stays on its version, and a handoff workflow moves to the current version", async () => {
    const { buildId } = readDeployment();
    const { id } = await parley.sendWebhook({ from: "waits", text: "Agent, please!" });
    await awaitAnswered(id);
    const { workflowId } = (await findMessageOutcomes(parley.db, [id]))[0] ?? { workflowId: "" };
    // The reply may be there before the first task of its workflow has ended.
    const own = await eventually("the end of the first task", async () => {
      const found = await versioningOf(workflowId);
      return found.buildId === undefined ? null : found;
    });
    expect(own).toEqual({ behavior: PINNED, buildId });
    const { id: conversationId, pausedAt } = await findConversationOf(parley.db, id);
    const handoff = `handoff:${conversationId}:${pausedAt?.toISOString()}`;
    const versioning = await eventually("the handoff workflow", async () => {
      const found = await versioningOf(handoff).catch(() => null);
      return found?.behavior === AUTO_UPGRADE ? found : null;
    });
    expect(versioning.buildId).toBe(buildId);
  });

  it("versioned workers run the workflows that the sweeper restarts", async () => {
    const { client } = readDeployment();
    parley.openai.faults.replace([
      { match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 5_000 } },
    ]);
    const { id } = await parley.sendWebhook({ from: "cut-off", text: "Can I return a lamp?" });
    await eventually("the model call", async () => parley.openai.faults.list()[0]?.fired === 1);
    await client.workflow.getHandle(`msg:webhook/main:${id}`).terminate("Temporal has lost it");
    await awaitAnswered(id);
    expect((await parley.replies()).filter(({ to }) => to === "cut-off")).toHaveLength(1);
  });
});

describe("a version without workers", () => {
  it("a version without workers is neither promoted nor ramped", async () => {
    const { client, key } = readDeployment();
    await expect(promoteVersion(client, key, "nobody-runs-it")).rejects.toThrow("start these workers first");
    await expect(rampVersion(client, key, { buildId: "nobody-runs-it", percentage: 10 })).rejects.toThrow(
      "start these workers first",
    );
    expect(await releaseVersion(client, key, "nobody-runs-it")).toBe(0);
  });

  it("a version of an unknown deployment is reported as unknown", async () => {
    const { client, key } = readDeployment();
    await expect(describeDeployment(client, { ...key, deploymentName: "no-such" })).rejects.toThrow(
      "start its workers first",
    );
  });
});
