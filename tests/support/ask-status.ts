import { Agent, request } from 'undici';

/** A question over HTTP: a GET unless it has a body, which is sent by POST. */
export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @returns the HTTP status of the answer, whatever the server's certificate: a cluster's is signed by itself */
export async function askStatus(url: string, { headers = {}, body }: Question = {}): Promise<number> {
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await request(url, { method, headers: { ...headers }, body: body ?? null, dispatcher });
    await answer.body.dump();
    return answer.statusCode;
  } finally {
    await dispatcher.close();
  }
}
