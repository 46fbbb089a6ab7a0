/** A file that no loader can read. The message names the rule and the fix. */
export class UnreadableFile extends Error {}
