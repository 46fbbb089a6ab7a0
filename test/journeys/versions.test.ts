import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outcomesOf } from "../../db/outcomes.ts";
import {
  describeDeployment,
  promoteVersion,
  rampVersion,
  releaseVersion,
} from "../../infra/ops/deployment.ts";
import { workerVersion } from "../../infra/runtime/worker-version.ts";
import { conversationOf } from "../support/conversation-of.ts";
import { eventually } from "../support/eventually.ts";
import { type Installation, openInstallation } from "../support/open-installation.ts";

const deploymentName = `parley-${randomBytes(5).toString("hex")}`;
let parley: Installation;
beforeAll(async () => {
  parley = await openInstallation({ env: { TEMPORAL_DEPLOYMENT_NAME: deploymentName } });
});
afterAll(() => parley.close());

const stateOf = async (id: string) => (await outcomesOf(parley.db, [id])).at(0)?.state;
const answered = (id: string) =>
  eventually(`an answer to ${id}`, async () => (await stateOf(id)) === "answered");

function asked() {
  const { config, temporal: client } = parley;
  if (client === undefined) throw new Error("No worker runs.");
  const { TEMPORAL_NAMESPACE: namespace, PARLEY_TASK_QUEUE: taskQueue } = config;
  const { buildId } = workerVersion(config) ?? { buildId: "" };
  return { client, buildId, key: { namespace, deploymentName, taskQueue } };
}

async function versioningOf(workflowId: string) {
  const { raw } = await asked().client.workflow.getHandle(workflowId).describe();
  const { behavior, deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  return { behavior: Number(behavior), buildId: deploymentVersion?.buildId };
}

/** Temporal's own numbers. */
const PINNED = 1;
const AUTO_UPGRADE = 2;

describe("workers that have a version", () => {
  it("begin nothing until it is promoted; what came before is answered then", async () => {
    const { client, key, buildId } = asked();
    const { id } = await parley.sendWebhook({ from: "early", text: "Can I return a bell?" });
    await eventually("the version", async () =>
      (await describeDeployment(client, key).catch(() => null))?.versions.some(
        (version) => version.build_id === buildId && version.workers > 0,
      ),
    );
    expect(await stateOf(id)).toBe("pending");
    await eventually("all queues", async () =>
      promoteVersion(client, key, buildId).then(
        () => true,
        () => false,
      ),
    );
    await answered(id);
    expect(await describeDeployment(client, key)).toMatchObject({
      deployment: deploymentName,
      current_build_id: buildId,
      ramping_build_id: null,
      versions: [{ build_id: buildId, status: "current", may_end: false }],
    });
  });

  it("end a message's run on their version, and let a long wait go on with whichever is the current one", async () => {
    const { buildId } = asked();
    const { id } = await parley.sendWebhook({ from: "waits", text: "Agent, please!" });
    await answered(id);
    const { workflowId } = (await outcomesOf(parley.db, [id]))[0] ?? { workflowId: "" };
    expect(await versioningOf(workflowId)).toEqual({ behavior: PINNED, buildId });
    const { id: conversationId, pausedAt } = await conversationOf(parley.db, id);
    const handoff = `handoff:${conversationId}:${pausedAt?.toISOString()}`;
    const versioning = await eventually("the wait", async () => {
      const seen = await versioningOf(handoff).catch(() => null);
      return seen?.behavior === AUTO_UPGRADE ? seen : null;
    });
    expect(versioning.buildId).toBe(buildId);
  });

  it("take up what the sweeper starts again", async () => {
    const { client } = asked();
    parley.openai.faults.replace([
      { match: { path: "/v1/responses" }, times: 1, fault: { delay_ms: 3_000 } },
    ]);
    const { id } = await parley.sendWebhook({ from: "cut-off", text: "Can I return a lamp?" });
    await eventually("the model call", async () => parley.openai.faults.list()[0]?.fired === 1);
    await client.workflow.getHandle(`msg:webhook/main:${id}`).terminate("as if Temporal had lost it");
    await answered(id);
    expect((await parley.replies()).filter(({ to }) => to === "cut-off")).toHaveLength(1);
  });
});

describe("a version that nobody runs", () => {
  it("is neither promoted nor given a share", async () => {
    const { client, key } = asked();
    await expect(promoteVersion(client, key, "nobody-runs-it")).rejects.toThrow("start those first");
    await expect(rampVersion(client, key, { buildId: "nobody-runs-it", percentage: 10 })).rejects.toThrow(
      "start those first",
    );
    expect(await releaseVersion(client, key, "nobody-runs-it")).toBe(0);
  });

  it("is said to be unknown where the whole deployment is", async () => {
    const { client, key } = asked();
    await expect(describeDeployment(client, { ...key, deploymentName: "no-such" })).rejects.toThrow(
      "its workers have to run first",
    );
  });
});
