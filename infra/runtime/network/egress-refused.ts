/** The target is not allowed. Nothing was sent. */
export class EgressRefused extends Error {
  override name = "EgressRefused";
}
