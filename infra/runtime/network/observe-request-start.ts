import type { Dispatcher } from "undici";

/** Calls `onBegin` when a request is put on a connection. Before that it waits for one, and no byte was sent. */
export function observeRequestStart(onBegin: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart(...given) {
        onBegin();
        handler.onRequestStart?.(...given);
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
}
