import type { MutableLedger } from "./build-ledger.ts";
import type { InboxRow, ModelCall, PartRow } from "../ledger.ts";

/** The default of each finder is the second message of contact ada. The channel of contact bob takes no idempotency key. */
export const findRow = (ledger: MutableLedger, id = "ada-1") =>
  find(ledger.inbox, (row) => row.providerMessageId === id);
export const findTurn = (ledger: MutableLedger, id = "ada-1") =>
  find(ledger.turns, (turn) => turn.id === `t-${id}`);
export const findPart = (ledger: MutableLedger, id = "ada-1") =>
  find(ledger.replyParts, (part) => part.id === `p-${id}`);
export const findSend = (ledger: MutableLedger, id = "ada-1") =>
  find(ledger.sends, (send) => send.id === `v-${id}`);
export const findOffer = (ledger: MutableLedger, id = "ada-1") =>
  find(ledger.offered, (message) => message.providerMessageId === id);
export const findDeed = (ledger: MutableLedger, contact: string) =>
  find(ledger.deeds, ({ addresses }) => addresses[0] === contact);
export const findCall = (ledger: MutableLedger, id = "ada-1") =>
  find(ledger.modelCalls, ({ markers }) => markers.at(-1) === findOffer(ledger, id).marker);

function find<T>(items: readonly T[], matches: (item: T) => boolean): T {
  const found = items.find(matches);
  if (found === undefined) throw new Error("The clean ledger has no such item.");
  return found;
}

export function removeItem<T>(items: T[], item: T): void {
  items.splice(items.indexOf(item), 1);
}

export const changeRow = (changes: Partial<InboxRow>) => (ledger: MutableLedger) =>
  void Object.assign(findRow(ledger), changes);
export const changePart = (changes: Partial<PartRow>) => (ledger: MutableLedger) =>
  void Object.assign(findPart(ledger), changes);

export function repeatCall(ledger: MutableLedger, times: number, changes: Partial<ModelCall> = {}): void {
  for (let i = 0; i < times; i++) ledger.modelCalls.push({ ...findCall(ledger), ...changes });
}
