/**
 * The treatment of an inbound event. `answered`: the words of the contact are answered. `placeholder`: the transcript has a readable line in
 * their place, and it is answered, or a fixed sentence offers an agent. `handed_over`: an agent is asked to join. `applied`: it changes a
 * delivery, a consent, a message or a conversation. `ignored`: it is counted under its name.
 */
export type KindTreatment = "answered" | "placeholder" | "handed_over" | "applied" | "ignored";

/** Kinds with the same treatment. The last two have a reason why the contact does not wait for an answer. */
export type KindGroup = { kinds: readonly string[] } & (
  | { treatment: "answered" | "placeholder" | "handed_over"; reason?: undefined }
  | { treatment: "applied" | "ignored"; reason: string }
);

/** One kind of event, under the names that its vendor documents: `messages.order`, `field.calls`. */
export interface InboundKind {
  kind: string;
  treatment: KindTreatment;
  /** Why the contact does not wait for an answer; null where there is one. */
  reason: string | null;
}

/** The rows of a channel's table. */
export function defineKinds(...groups: readonly KindGroup[]): readonly InboundKind[] {
  return Object.freeze(
    groups.flatMap(({ treatment, kinds, reason = null }) =>
      kinds.map((kind): InboundKind => ({ kind, treatment, reason })),
    ),
  );
}

/** `names` under a place of the vendor's bodies: `under("field", ["calls"])` is `field.calls`. */
export function under(place: string, names: readonly string[]): string[] {
  return names.map((name) => `${place}.${name}`);
}

/** The last parts of the kinds under a place that have one of these treatments, for the readers of the channel. */
export function namesUnder(
  table: readonly InboundKind[],
  place: string,
  treatments: readonly KindTreatment[] = ["ignored"],
): readonly string[] {
  const start = `${place}.`;
  return table
    .filter(({ kind, treatment }) => kind.startsWith(start) && treatments.includes(treatment))
    .map(({ kind }) => kind.slice(start.length));
}
