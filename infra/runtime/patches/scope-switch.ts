/**
 * Runs share one context, and each has globals of its own. The SDK's script (`reusable-vm.js`, whose contract this one keeps) saves and
 * compares all of some ninety at each switch from one run to another, each through an interceptor: a third of the time in the sandbox.
 * This one does so when a run is left for the first time, and from then on minds only the names that any run was seen to change. What the
 * SDK sets, it sets before that; our workflows set none (held by `test/boundaries.test.ts`).
 */
export const SCOPE_SWITCH = `{
  const HOLDER = "__TEMPORAL_BAG_HOLDER__";
  const changed = new Set();

  const noteChanges = ({ bag }) => {
    const now = Object.getOwnPropertyDescriptors(globalThis);
    for (const name of Reflect.ownKeys(now)) {
      if (name !== HOLDER && bag[name]?.value !== now[name].value) changed.add(name);
    }
  };

  const leave = (holder) => {
    if (holder.own === undefined) noteChanges(holder);
    holder.own = new Map([...changed].map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  };

  const enter = (holder) => {
    for (const name of changed) {
      const own = holder.own?.has(name) ? holder.own.get(name) : holder.bag[name];
      if (own === undefined) delete globalThis[name];
      else Object.defineProperty(globalThis, name, own);
    }
    globalThis[HOLDER] = holder;
  };

  const __TEMPORAL_CALL_INTO_SCOPE = () => {
    const [holder, fn, args] = globalThis.__temporal_args;
    delete globalThis.__temporal_args;
    const before = globalThis[HOLDER];
    if (before !== holder) {
      if (before !== undefined) leave(before);
      enter(holder);
    }
    return __TEMPORAL__.api[fn](...args);
  };
  Object.defineProperty(globalThis, "__TEMPORAL_CALL_INTO_SCOPE", {
    value: __TEMPORAL_CALL_INTO_SCOPE, writable: false, enumerable: false, configurable: false,
  });
}`;
