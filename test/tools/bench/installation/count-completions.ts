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
export async function watchCompletions({
  urls,
}: Pick<Sandbox, "urls">): Promise<(messages: number) => Promise<void>> {
  const readLog = async (since: number) =>
    (await (await fetch(`${urls.openai}/__control/log?since=${since}`)).json()) as LoggedRequests;
  const { next } = await readLog(Number.MAX_SAFE_INTEGER);
  return async (messages) => {
    const { requests } = await readLog(next);
    const completed = requests.filter(
      ({ path, status }) => COMPLETION_PATHS.includes(path) && status === 200,
    );
    if (completed.length < messages)
      throw new Error(
        `The model has completed ${completed.length} requests for ${messages} messages, so some replies are not its own.`,
      );
  };
}
