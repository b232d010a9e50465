import { createHmac } from 'node:crypto';
import { askStatus } from './ask-status.ts';

/** GitHub's push event (https://docs.github.com/en/webhooks/webhook-events-and-payloads#push), as far as it is read. */
export function formatPushEvent(url: string, before: string, after: string): string {
  const { hostname, pathname } = new URL(url);
  const commit = { id: after, added: [], removed: [], modified: ['apps/api-gateway/config.env'] };
  return JSON.stringify({
    ref: 'refs/heads/main',
    before,
    after,
    commits: [commit],
    repository: { html_url: `https://${hostname}${pathname.replace(/\.git$/, '')}`, default_branch: 'main' },
  });
}

/** Sends an event as GitHub does; the HTTP status of Argo CD's answer. */
export async function announcePush(address: string, payload: string, secret: string): Promise<number> {
  const signature = createHmac('sha256', secret).update(payload).digest('hex');
  const headers = {
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'push',
    'X-Hub-Signature-256': `sha256=${signature}`,
  };
  return await askStatus(`https://${address}/api/webhook`, { headers, body: payload });
}
