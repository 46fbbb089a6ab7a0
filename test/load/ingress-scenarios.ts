import type { Stack } from "../../infra/dev/stack.ts";

export interface Scenario {
  name: string;
  break(stack: Stack): Promise<void>;
  heal(stack: Stack): Promise<void>;
}

/** Longer than any call of ours waits for a model. */
const SLOW_MODEL_MS = 25_000;
const nothing = async () => undefined;

/** What may be wrong behind the ingress while messages come in; each begins and ends well. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "calm", break: nothing, heal: nothing },
  openAi("OpenAI slow", { delay_ms: SLOW_MODEL_MS }),
  openAi("OpenAI down", { cut: true }),
  halted("Redis slow", "redis"),
  killed("Redis down", "redis"),
  halted("Temporal slow", "temporal"),
  killed("Temporal down", "temporal"),
];

function openAi(name: string, fault: object): Scenario {
  const script = async ({ urls }: Stack, items: object[]) => {
    const body = JSON.stringify({ script: items });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${urls.openai}/__control/faults`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`The stand-in refused the fault script: ${await answer.text()}`);
  };
  return {
    name,
    break: async (stack) => await script(stack, [{ times: null, fault }]),
    heal: async (stack) => await script(stack, []),
  };
}

/** Slower than any limit: connections stand and nothing answers, which is the worst kind of slow. */
function halted(name: string, part: string): Scenario {
  const signal = (stack: Stack, what: NodeJS.Signals) => {
    const pid = stack.pidOf(part);
    if (pid === null) throw new Error(`No ${part} was started by this run.`);
    process.kill(pid, what);
  };
  return {
    name,
    break: async (stack) => signal(stack, "SIGSTOP"),
    heal: async (stack) => signal(stack, "SIGCONT"),
  };
}

function killed(name: string, part: string): Scenario {
  return {
    name,
    break: async (stack) => await stack.end(part, "SIGKILL"),
    heal: async (stack) => void (await stack.restart(part)),
  };
}
