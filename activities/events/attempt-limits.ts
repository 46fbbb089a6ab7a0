/**
 * Attempts at events that run at the same time, those of workflows too. A slow receiver occupies no more than these, and its other events wait
 * in the table. In all, they limit the memory of the sweeping process, and they leave slots of the delivery queue to the replies.
 */
export const ATTEMPT_LIMITS = { perEndpoint: 20, perTenant: 60, inAll: 400 } as const;
