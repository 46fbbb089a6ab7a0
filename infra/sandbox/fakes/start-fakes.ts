import type { Fake } from "./server/fake.ts";
import { portVariable, FAKE_NAMES, FAKES, type FakeName, readWholeNumber } from "./registry.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts all fakes with the FAKE_… variables. Returns them with their base URLs and a function that stops them. */
export async function startFakes(env: Environment) {
  const fakes = mapFakes((name) => FAKES[name].create(env, env["FAKE_DATA"]));
  const stop = async () => {
    await Promise.all(FAKE_NAMES.map((name) => fakes[name].close()));
  };
  try {
    const listening = FAKE_NAMES.map((name) => fakes[name].listen(readWholeNumber(env, portVariable(name))));
    const addresses = await Promise.all(listening);
    const urls = mapFakes((name) => addresses[FAKE_NAMES.indexOf(name)] ?? "");
    return { fakes, urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function mapFakes<Value extends Fake | string>(value: (name: FakeName) => Value): Record<FakeName, Value> {
  return Object.fromEntries(FAKE_NAMES.map((name) => [name, value(name)])) as Record<FakeName, Value>;
}
