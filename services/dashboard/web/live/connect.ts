import type { Hello, Sample } from '../../src/view/view.ts';
import { initialState, type PageState } from './page-state.ts';

/** The server says something at least every four seconds. */
const silenceMs = 10_000;
const retryMs = 1000;
const keptSamples = 450;

/** Keeps the page connected to its server, whatever happens, and tells of all that is new. */
class PageConnection {
  readonly #onState: (state: PageState) => void;
  #state = initialState;
  #source: EventSource | undefined;
  #heardAtMs = Date.now();

  constructor(onState: (state: PageState) => void) {
    this.#onState = onState;
  }

  open(): void {
    this.#source?.close();
    this.#heardAtMs = Date.now();
    const source = new EventSource('api/events');
    this.#source = source;
    this.#on('hello', (hello: Hello) => {
      const clockAheadMs = hello.nowMs - Date.now();
      this.#update({ server: { status: 'connected' }, hello, samples: hello.samples, clockAheadMs });
    });
    this.#on('section', ({ section, value }: { section: string; value: unknown }) =>
      this.#update({ view: { ...this.#state.view, [section]: value } }),
    );
    this.#on('sample', (sample: Sample) =>
      this.#update({ samples: [...this.#state.samples, sample].slice(-keptSamples) }),
    );
    this.#on('beat', () => undefined);
    source.addEventListener('error', () => {
      this.#lose();
      // A server that answers something else than events ends it for good; a broken connection is made again.
      if (source.readyState === EventSource.CLOSED) void this.#findOut();
    });
  }

  /** To be called every second: a connection whose other end vanished tells of nothing. */
  check(): void {
    if (this.#state.server.status === 'logged out' || Date.now() - this.#heardAtMs < silenceMs) return;
    this.#lose();
    this.open();
  }

  /** What comes is of this server's own form. */
  #on<Data>(event: string, onData: (data: Data) => void): void {
    this.#source?.addEventListener(event, ({ data }) => {
      this.#heardAtMs = Date.now();
      onData(JSON.parse(data));
    });
  }

  #update(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }

  #lose(): void {
    if (this.#state.server.status !== 'connected') return;
    this.#update({ server: { status: 'lost', sinceMs: Date.now() } });
  }

  async #findOut(): Promise<void> {
    const status = await fetch('.', { method: 'HEAD' }).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 401) return this.#update({ server: { status: 'logged out' } });
    setTimeout(() => this.open(), retryMs);
  }
}

/** @param onState called with each new state of the page */
export function connect(onState: (state: PageState) => void): void {
  const connection = new PageConnection(onState);
  setInterval(() => connection.check(), 1000);
  connection.open();
}
