import { Agent, type Dispatcher, ProxyAgent, setGlobalDispatcher } from "undici";
import { createProxyRoutes, type ProxyRoutes, type ProxySettings } from "./proxy-routes.ts";

/**
 * Makes `fetch` of this process use the proxies: the clients of OpenAI and Pinecone and the checks of vendors. Called once, by the entry of a
 * process. The calls of channels and of webhooks have the egress guard. Node adds the authorities of NODE_EXTRA_CA_CERTS to its own.
 */
export function routeFetch(settings: ProxySettings): void {
  if (settings.HTTP_PROXY === undefined && settings.HTTPS_PROXY === undefined) return;
  setGlobalDispatcher(createRoutedDispatcher(createProxyRoutes(settings)));
}

function createRoutedDispatcher({ findProxy }: ProxyRoutes): Dispatcher {
  const agents = new Map<string, ProxyAgent>();
  const findAgent = ({ href }: URL) => {
    const agent = agents.get(href) ?? new ProxyAgent(href);
    agents.set(href, agent);
    return agent;
  };
  return new Agent().compose((dispatch) => (options, handler) => {
    const proxy = options.origin === undefined ? null : findProxy(new URL(options.origin));
    return proxy === null ? dispatch(options, handler) : findAgent(proxy).dispatch(options, handler);
  });
}
