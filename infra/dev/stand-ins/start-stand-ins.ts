import type { StandIn } from "./server/stand-in.ts";
import { portVariable, STAND_IN_NAMES, STAND_INS, type StandInName, wholeNumber } from "./vendors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts all of them by the STAND_IN_… variables; gives them with their base URLs and the one way to end them. */
export async function startStandIns(env: Environment) {
  const standIns = eachByName((name) => STAND_INS[name].create(env, env["STAND_IN_DATA"]));
  const stop = async () => {
    await Promise.all(STAND_IN_NAMES.map((name) => standIns[name].close()));
  };
  try {
    const listening = STAND_IN_NAMES.map((name) =>
      standIns[name].listen(wholeNumber(env, portVariable(name))),
    );
    const addresses = await Promise.all(listening);
    const urls = eachByName((name) => addresses[STAND_IN_NAMES.indexOf(name)] ?? "");
    return { standIns, urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function eachByName<Value extends StandIn | string>(
  value: (name: StandInName) => Value,
): Record<StandInName, Value> {
  return Object.fromEntries(STAND_IN_NAMES.map((name) => [name, value(name)])) as Record<StandInName, Value>;
}
