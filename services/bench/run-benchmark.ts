import { type ServicePorts, serviceUrl } from '../dev/service-settings.ts';
import { startBackends } from '../dev/start-backends.ts';
import { measureOrders, type OrderFigures } from './measure-orders.ts';
import { measurePublisher } from './measure-publisher.ts';
import { measureRequests, type RequestFigures } from './measure-requests.ts';
import { startNginx } from './start-nginx.ts';
import { bundleServices, startServices } from './start-services.ts';

/** How much load there is: bounded in connections and in time. */
export interface BenchmarkOptions {
  rounds: number;
  connections: number;
  /** How long each target gets requests in a round. */
  seconds: number;
  /** How many orders are sent to each of those that take them in a round. */
  orders: number;
  signal: AbortSignal;
  report: (what: string) => void;
}

/** Who is sent requests, by a short name. */
export type RequestTarget = 'direct' | 'gateway' | 'loggingGateway' | 'nginx' | 'nginxOneWorker';

/** What one round measured. */
export interface Round {
  requests: Record<RequestTarget, RequestFigures>;
  orders: OrderFigures;
  /** Orders that amqplib alone got confirmed a second, with as many outstanding as the gateway had connections. */
  publisher: number;
  /** The same with many outstanding. */
  fastPublisher: number;
}

/** More are no faster. */
const manyOutstanding = 1000;

/** Measures all in turns, so that what else the machine does falls on all alike. @returns what each round measured */
export async function runBenchmark(options: BenchmarkOptions): Promise<Round[]> {
  const { signal, report } = options;
  await using cleanup = new AsyncDisposableStack();
  report('bundling the services');
  await bundleServices();
  report('starting PostgreSQL, RabbitMQ, the services and nginx');
  const backends = await startBackends({ signal }, cleanup);
  const { inventoryApp, gateway, loggingGateway } = await startServices(backends, signal, cleanup);
  const path = await createMovie(serviceUrl(inventoryApp));
  const urls: Record<RequestTarget, string> = {
    direct: serviceUrl(inventoryApp) + path,
    gateway: serviceUrl(gateway) + path,
    loggingGateway: serviceUrl(loggingGateway) + path,
    nginx: (await startPeer(inventoryApp, 2, cleanup)) + path,
    nginxOneWorker: (await startPeer(inventoryApp, 1, cleanup)) + path,
  };
  const measureRound = async (load: BenchmarkOptions): Promise<Round> => {
    const { orders, connections } = load;
    return {
      requests: await measureTargets(urls, load),
      orders: await measureOrders(serviceUrl(gateway), backends.billingDatabase, load),
      publisher: await measurePublisher(backends.rabbitmq, { orders, outstanding: connections }),
      fastPublisher: await measurePublisher(backends.rabbitmq, { orders, outstanding: manyOutstanding }),
    };
  };

  report('warming up');
  await measureRound({ ...options, seconds: 2, orders: 2000 });
  const rounds: Round[] = [];
  while (rounds.length < options.rounds) {
    signal.throwIfAborted();
    report(`round ${rounds.length + 1} of ${options.rounds}`);
    rounds.push(await measureRound(options));
  }
  return rounds;
}

async function measureTargets(
  urls: Readonly<Record<RequestTarget, string>>,
  options: BenchmarkOptions,
): Promise<Record<RequestTarget, RequestFigures>> {
  const figures = {} as Record<RequestTarget, RequestFigures>;
  for (const [target, url] of Object.entries(urls) as [RequestTarget, string][]) {
    options.signal.throwIfAborted();
    figures[target] = await measureRequests(url, options);
  }
  return figures;
}

async function startPeer(
  { port: upstreamPort }: ServicePorts,
  workers: number,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  const { url, stop } = await startNginx({ upstreamPort, workers });
  cleanup.defer(stop);
  return url;
}

/** @returns the path of a movie to ask for */
async function createMovie(inventoryUrl: string): Promise<string> {
  const response = await fetch(`${inventoryUrl}/api/movies`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'TOP GUN', description: 'Story of a fighter pilot' }),
  });
  const location = response.headers.get('location');
  if (location === null)
    throw new Error(`inventory-app answered ${response.status}: ${await response.text()}`);
  return location;
}
