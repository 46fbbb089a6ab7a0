/** The machine lacks something that the campaign needs; the message says what. Such a campaign never counts as passed. */
export class NotRun extends Error {
  override name = "NotRun";
}
