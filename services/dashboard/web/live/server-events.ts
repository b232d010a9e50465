/** The server says something at least every four seconds. */
const silenceMs = 10_000;
const checkMs = 1000;
const retryMs = 1000;

/** Told of the connection. */
export interface ConnectionListener {
  onOpen?(): void;
  /** It goes on by itself. */
  onLost(): void;
  /** The session is over, and with it the connection. */
  onLoggedOut?(): void;
}

/** Follows what the server tells, whatever happens to the connection. */
export class ServerEvents {
  readonly #address: string;
  readonly #listener: ConnectionListener;
  /** By the names of events; a beat only says that the server is there. */
  readonly #handlers = new Map<string, (text: string) => void>([['beat', () => undefined]]);
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #heardAtMs = 0;

  constructor(address: string, listener: ConnectionListener) {
    this.#address = address;
    this.#listener = listener;
  }

  /** To be called before it is opened. What comes is of this server's own form. */
  on<Data>(event: string, onData: (data: Data) => void): void {
    this.#handlers.set(event, (text) => onData(JSON.parse(text)));
  }

  open(): void {
    this.close();
    this.#heardAtMs = Date.now();
    this.#timer = setInterval(() => this.#check(), checkMs);
    const source = new EventSource(this.#address);
    this.#source = source;
    for (const [event, handle] of this.#handlers) {
      source.addEventListener(event, ({ data }) => {
        this.#heardAtMs = Date.now();
        handle(data);
      });
    }
    source.addEventListener('open', () => this.#listener.onOpen?.());
    source.addEventListener('error', () => {
      this.#listener.onLost();
      // A server that answers something else than events ends it for good; a broken connection is made again.
      if (source.readyState === EventSource.CLOSED) void this.#findOut(source);
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  /** A connection whose other end vanished tells of nothing. */
  #check(): void {
    if (Date.now() - this.#heardAtMs < silenceMs) return;
    this.#listener.onLost();
    this.open();
  }

  async #findOut(ended: EventSource): Promise<void> {
    const status = await fetch('.', { method: 'HEAD' }).then(
      (response) => response.status,
      () => undefined,
    );
    if (this.#source !== ended) return;
    if (status === 401) {
      this.close();
      this.#listener.onLoggedOut?.();
      return;
    }
    setTimeout(() => {
      if (this.#source === ended) this.open();
    }, retryMs);
  }
}
