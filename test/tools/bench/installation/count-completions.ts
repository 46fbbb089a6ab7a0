import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";
import { COMPLETION_PATHS } from "./model-delay.ts";

interface LoggedRequests {
  requests: readonly { path: string; status: number | string }[];
  next: number;
}

/**
 * Starts a count. The returned function throws if the model has completed fewer requests than the messages: replies without the model cost
 * less, so the figures of such a run would be too good.
 */
export async function watchCompletions(
  sandbox: Pick<Sandbox, "urls">,
): Promise<(messages: number) => Promise<void>> {
  const readCalls = await watchCalls(sandbox);
  return async (messages) => {
    const completed = (await readCalls()).filter(({ status }) => status === 200);
    if (completed.length < messages)
      throw new Error(
        `The model has completed ${completed.length} requests for ${messages} messages, so some replies are not its own.`,
      );
  };
}

/** Starts a count. The returned function reads how many calls the model got, those of a killed worker included: a vendor charges for them. */
export async function countModelCalls(sandbox: Pick<Sandbox, "urls">): Promise<() => Promise<number>> {
  const readCalls = await watchCalls(sandbox);
  return async () => (await readCalls()).length;
}

/** The returned function reads the calls since now. */
async function watchCalls({
  urls,
}: Pick<Sandbox, "urls">): Promise<() => Promise<LoggedRequests["requests"]>> {
  const readLog = async (since: number) =>
    (await (await fetch(`${urls.openai}/__control/log?since=${since}`)).json()) as LoggedRequests;
  const { next } = await readLog(Number.MAX_SAFE_INTEGER);
  return async () => {
    const { requests } = await readLog(next);
    return requests.filter(({ path }) => COMPLETION_PATHS.includes(path));
  };
}
