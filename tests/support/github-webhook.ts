import { createHmac } from 'node:crypto';
import { requireSuccess } from './cluster-under-test.ts';
import { runCommand } from './run-command.ts';

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
  const args = [
    ...[
      '--silent',
      '--insecure',
      '--output',
      '/dev/null',
      '--write-out',
      '%{http_code}',
      '--data-binary',
      '@-',
    ],
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    `https://${address}/api/webhook`,
  ];
  return Number((await requireSuccess(runCommand('curl', args, { input: payload }))).stdout);
}
