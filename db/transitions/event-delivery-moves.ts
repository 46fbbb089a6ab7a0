import type { eventDeliveries } from "../schema/events.ts";
import type { MoveTable } from "./move.ts";

type EventDeliveryState = (typeof eventDeliveries.$inferSelect)["state"];

/** `event_deliveries.state`: one outgoing event for one endpoint. */
export const EVENT_DELIVERY_MOVES = {
  relay: {
    from: [],
    to: "pending",
    by: ["relayEvents", "resendEvent", "pingEventEndpoint"],
    why: "The endpoint wants the event.",
  },
  deliver: {
    from: ["pending"],
    to: "delivered",
    by: ["settleEventDelivery", "settleFirstSuccesses"],
    why: "The endpoint responded with 2xx.",
  },
  retry: {
    from: ["pending"],
    to: "pending",
    by: ["settleEventDelivery"],
    why: "The attempt failed. The schedule has another one.",
  },
  leaveToWorkflow: {
    from: ["pending"],
    to: "pending",
    by: ["leaveToWorkflows", "leaveLostToWorkflows"],
    why: "The first attempt has no outcome: its process was killed, or it could not be made. A workflow makes the next one.",
  },
  bringForward: {
    from: ["pending"],
    to: "pending",
    by: ["bringForwardRecovered"],
    why: "The endpoint works again. The next attempt begins within seconds.",
  },
  fail: {
    from: ["pending"],
    to: "failed",
    by: ["settleEventDelivery"],
    why: "The schedule has no more attempts, or the endpoint does not want events any more.",
  },
  disable: {
    from: ["pending"],
    to: "failed",
    by: ["disableEventEndpoint"],
    why: "The endpoint was disabled.",
  },
  resend: {
    from: ["pending", "delivered", "failed"],
    to: "pending",
    by: ["resendEvent", "replayDeadLetter"],
    why: "An operator asked for a new round of attempts.",
  },
  resendFailed: {
    from: ["failed"],
    to: "pending",
    by: ["resendFailed"],
    why: "An operator asked for all events that the endpoint missed.",
  },
} as const satisfies MoveTable<EventDeliveryState>;
