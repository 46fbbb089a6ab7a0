import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { asyncLocalStorage } from "@temporalio/activity";
import pg from "pg";

/** The step of the statements that a request to the ingress runs. */
export const INGRESS = "ingress";
/** True in everything that a request causes. The ingress also asks now and then whether its accounts have changed. */
const request = new AsyncLocalStorage<boolean>();

/** The fields of pg's own query object that decide how a statement is sent. */
interface SentQuery {
  text?: string;
  portal: string;
  queryMode?: string;
  submit(connection: unknown): Error | null;
}

/** Several statements in one text cannot be sent by the extended protocol, and these take no plan. */
const SIMPLE_ONLY = /;\s*\S|^\s*(begin|commit|rollback|savepoint|release|set|reset|listen)\b/i;

let sent = 0;

/**
 * Gives each statement of this process a portal with the name of its step, because PostgreSQL's log of statements shows it. Only for a
 * process that is counted. A portal lives until the end of its transaction, so each has its own name.
 */
export function namePortals(): void {
  subscribe("http.server.request.start", () => request.enterWith(true));
  const prototype = (pg.Query as unknown as { prototype: SentQuery }).prototype;
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const submit = prototype.submit;
  prototype.submit = function submitByStep(this: SentQuery, connection: unknown) {
    if (this.text !== undefined && this.text !== "" && !SIMPLE_ONLY.test(this.text)) {
      const outside = request.getStore() === true ? INGRESS : "none";
      const step = asyncLocalStorage.getStore()?.info.activityType ?? outside;
      this.portal = `${step}.${++sent}`;
      // The log shows a statement of the simple protocol after its commit, without its transaction id.
      this.queryMode = "extended";
    }
    return submit.call(this, connection);
  };
}
