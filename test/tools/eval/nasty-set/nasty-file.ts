/** A file whose text is easy to lose. */
export interface NastyFile {
  name: string;
  content: string | Uint8Array;
  /** What a reader of the file sees, written by hand. */
  visible: string;
}
