import type { Sandbox } from "../../../../infra/sandbox/sandbox.ts";

export interface Scenario {
  name: string;
  break(sandbox: Sandbox): Promise<void>;
  heal(sandbox: Sandbox): Promise<void>;
}

/** Longer than every timeout of a model call. */
const SLOW_MODEL_MS = 25_000;
const doNothing = async () => undefined;

/** The faults of other services while messages arrive. Each scenario starts and ends without a fault. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "calm", break: doNothing, heal: doNothing },
  openAi("OpenAI slow", { delay_ms: SLOW_MODEL_MS }),
  openAi("OpenAI down", { cut: true }),
  haltService("Redis slow", "redis"),
  killService("Redis down", "redis"),
  haltService("Temporal slow", "temporal"),
  killService("Temporal down", "temporal"),
];

function openAi(name: string, fault: object): Scenario {
  const script = async ({ urls }: Sandbox, items: object[]) => {
    const body = JSON.stringify({ script: items });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${urls.openai}/__control/faults`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`The fake rejected the fault script: ${await response.text()}`);
  };
  return {
    name,
    break: async (sandbox) => await script(sandbox, [{ times: null, fault }]),
    heal: async (sandbox) => await script(sandbox, []),
  };
}

/** Slower than every timeout: connections stay open without a response. */
function haltService(name: string, service: string): Scenario {
  const signal = (sandbox: Sandbox, what: NodeJS.Signals) => {
    const pid = sandbox.pidOf(service);
    if (pid === null) throw new Error(`This run has not started ${service}.`);
    process.kill(pid, what);
  };
  return {
    name,
    break: async (sandbox) => signal(sandbox, "SIGSTOP"),
    heal: async (sandbox) => signal(sandbox, "SIGCONT"),
  };
}

function killService(name: string, service: string): Scenario {
  return {
    name,
    break: async (sandbox) => await sandbox.end(service, "SIGKILL"),
    heal: async (sandbox) => void (await sandbox.restart(service)),
  };
}
