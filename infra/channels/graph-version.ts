/** The version that the shapes of the calls and the error codes were taken from; Meta keeps one alive for about two years. */
export const GRAPH_VERSION = "v25.0";
