/**
 * Runs share one context, and each run has globals of its own. The SDK's script (`generateCallIntoScopeScript` in `reusable-vm.js`) saves
 * and compares all of some ninety globals at each switch between two runs, each through an interceptor: a third of the time in the
 * sandbox. This script has the same contract but compares all globals only when a run is left for the first time. After that it saves and
 * restores only the names that some run was seen to change. The SDK sets its globals before that time, and our workflows set none
 * (`test/boundaries.test.ts`).
 */
export const SCOPE_SWITCH = `{
  const CURRENT_RUN = "__TEMPORAL_BAG_HOLDER__";
  const changed = new Set();

  const noteChanges = ({ bag }) => {
    const now = Object.getOwnPropertyDescriptors(globalThis);
    for (const name of Reflect.ownKeys(now)) {
      if (name !== CURRENT_RUN && bag[name]?.value !== now[name].value) changed.add(name);
    }
  };

  const leave = (run) => {
    if (run.own === undefined) noteChanges(run);
    run.own = new Map([...changed].map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  };

  const enter = (run) => {
    for (const name of changed) {
      const own = run.own?.has(name) ? run.own.get(name) : run.bag[name];
      if (own === undefined) delete globalThis[name];
      else Object.defineProperty(globalThis, name, own);
    }
    globalThis[CURRENT_RUN] = run;
  };

  const __TEMPORAL_CALL_INTO_SCOPE = () => {
    const [run, fn, args] = globalThis.__temporal_args;
    delete globalThis.__temporal_args;
    const before = globalThis[CURRENT_RUN];
    if (before !== run) {
      if (before !== undefined) leave(before);
      enter(run);
    }
    return __TEMPORAL__.api[fn](...args);
  };
  Object.defineProperty(globalThis, "__TEMPORAL_CALL_INTO_SCOPE", {
    value: __TEMPORAL_CALL_INTO_SCOPE, writable: false, enumerable: false, configurable: false,
  });
}`;
