import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';
import { findBrowser } from '../support/find-browser.ts';
import { picturesFolder } from '../support/pictures.ts';

import { runCommand } from '../support/run-command.ts';

const SEEN_WITHIN_MS = 30_000;
const LIVE_WITHIN_MS = 90_000;
const STAGES = ['pushed', 'synced', 'image', 'ready', 'answered'] as const;

/** What a person sees of all that on the page. */
export function describeDashboard(cluster: ClusterUnderTest): void {
  const address = `http://${cluster.masterAddress}:4000`;
  const gateway = `http://${cluster.masterAddress}:3000`;

  describe('the dashboard', () => {
    let browser: Browser;
    let page: Page;
    const takePicture = (name: string) =>
      page.screenshot({ path: join(picturesFolder(), `dashboard-${name}.png`) });
    /** Fails with what the page says instead. */
    const waitForHeading = async (name: string) => {
      const heading = page.getByRole('heading', { level: 1, name });
      await heading.waitFor({ timeout: LIVE_WITHIN_MS }).catch(async (error: Error) => {
        const said = await page.locator('.verdict').innerText();
        throw new Error(`The page doesn't say "${name}" but:\n${said}`, { cause: error });
      });
    };

    beforeAll(async () => {
      // biome-ignore lint/style/noProcessEnv: where programs are looked for
      const executablePath = await findBrowser(process.env.PATH);
      if (executablePath === undefined)
        throw new Error('No browser: node tests/support/install-test-packages.ts');
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    });
    afterAll(async () => await browser?.close());

    test('serves nothing without its token', async () => {
      for (const path of ['/', '/page.js', '/api/events', '/api/logs', '/login?token=wrong']) {
        expect((await fetch(`${address}${path}`)).status, path).toBe(401);
      }
    });

    test('opens by what `ui` prints, and says that all is well', async () => {
      // Not shown: it holds the token.
      const { stdout } = await cluster.runWithInput('', 'ui');
      const url = /^Dashboard +(\S+)$/m.exec(stdout)?.[1] ?? '';
      expect(url).toContain(`${address}/login?token=`);
      await page.goto(url);
      await waitForHeading('All is well');
      expect(page.url()).toBe(`${address}/`);
      expect(await page.locator('[data-node]').count()).toBe(2);
      for (const service of ['api-gateway', 'inventory-app', 'query-api'])
        await page.locator(`[data-service=${service}]`).waitFor();
      for (const database of ['inventory-database', 'billing-database'])
        await page.locator(`[data-database=${database}]`, { hasText: 'leads' }).waitFor();
      await page.locator('[data-queue=billing_queue]').waitFor();
      // The metrics of nodes are there a minute after the node.
      await page.locator('[data-node=master] meter').first().waitFor({ timeout: LIVE_WITHIN_MS });
      await takePicture('all-is-well');
    });

    test('shows a push travel until it is live', async () => {
      const file = join(cluster.clone, 'apps', 'api-gateway', 'config.env');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(/WELCOME_MESSAGE=.*/, `WELCOME_MESSAGE=seen at ${Date.now()}`));
      const revision = await cluster.commitAll('Welcome who looks');
      const stage = (name: string, state: string) =>
        page.locator(`.journey[data-revision="${revision}"] [data-stage=${name}][data-state=${state}]`);
      await cluster.push();
      await stage('pushed', 'done').waitFor({ timeout: SEEN_WITHIN_MS });
      await stage('synced', 'done').waitFor({ timeout: SEEN_WITHIN_MS });
      await takePicture('on-its-way');
      await stage('ready', 'done').waitFor({ timeout: LIVE_WITHIN_MS });
      // Nobody has asked so far, which is told as it is.
      await eventually(
        { description: 'the first answer', timeoutMs: SEEN_WITHIN_MS, intervalMs: 500 },
        async () => {
          await (await fetch(`${gateway}/movies`)).arrayBuffer();
          return (await stage('answered', 'done').count()) === 1;
        },
      );
      const headline = await page.locator('.journey .headline').innerText();
      expect(headline).toContain('Welcome who looks');
      const times = await page
        .locator('.journey time')
        .evaluateAll((all: { getAttribute(name: string): string }[]) =>
          all.map((one) => Date.parse(one.getAttribute('datetime'))),
        );
      expect(times).toHaveLength(STAGES.length);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      reportFigure(
        'push to the first answer, as the page has it',
        ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000,
      );
      await waitForHeading('All is well');
      await takePicture('live');
    });

    test('follows a request through the components by its id', async () => {
      const id = `seen-${randomUUID()}`;
      await page.locator('#logs').scrollIntoViewIfNeeded();
      await page.getByLabel('Request id').fill(id);
      const answer = await fetch(`${gateway}/movies`, { headers: { 'x-request-id': id } });
      expect(answer.status).toBe(200);
      // Until the filter holds, the lines of all requests are there, and among them those of this one.
      await eventually(
        { description: 'the lines of the request, and no others', timeoutMs: SEEN_WITHIN_MS },
        async () => {
          const lines = await page.locator('.lines li').allInnerTexts();
          return lines.length > 1 && lines.every((line) => line.includes(id));
        },
      );
      for (const component of ['api-gateway', 'inventory-app'])
        await page.locator(`.lines li[data-component=${component}]`).first().waitFor();
      await takePicture('one-request');
      await page.getByRole('button', { name: 'Show all' }).click();
    });

    test('has its pictures taken at phone width, and in the dark', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      await page.evaluate('scrollTo(0, 0)');
      await takePicture('phone');
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: 'dark' });
      await takePicture('dark');
    });

    test('comes back by itself when its pod is gone', async () => {
      const selector = ['-l', 'app.kubernetes.io/name=dashboard'];
      await cluster.kubectl('delete', 'pod', ...selector, '--wait=false', '--grace-period=1');
      await page.getByRole('alert').filter({ hasText: 'No connection' }).waitFor({ timeout: SEEN_WITHIN_MS });
      const { seconds } = await eventually(
        { description: 'the page', timeoutMs: LIVE_WITHIN_MS },
        async () => (await page.locator('.connection').innerText()) === 'live',
      );
      reportFigure('the page without a connection', seconds);
      await waitForHeading('All is well');
    });

    test('is read-only: its own account can’t read a Secret, nor delete a pod', async () => {
      const ask = `
        const { readFileSync } = require('node:fs');
        const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
        const headers = { authorization: 'Bearer ' + readFileSync(folder + 'token', 'utf8') };
        const ca = readFileSync(folder + 'ca.crt');
        const ask = (path, method) => new Promise((resolve, reject) => require('node:https')
          .request('https://kubernetes.default.svc' + path, { headers, ca, method }, (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          }).on('error', reject).end());
        (async () => console.log(
          await ask('/api/v1/namespaces/movies/pods', 'GET'),
          await ask('/api/v1/namespaces/movies/secrets', 'GET'),
          await ask('/api/v1/namespaces/argocd/secrets/argocd-initial-admin-secret', 'GET'),
          await ask('/api/v1/namespaces/movies/pods/billing-db-0', 'DELETE'),
        ))();`;
      const statuses = await cluster.kubectl('exec', 'deployment/dashboard', '--', 'node', '-e', ask);
      expect(statuses.trim()).toBe('200 403 403 403');
      const account = '--as=system:serviceaccount:movies:dashboard';
      const refused = await runCommand('kubectl', ['get', 'secrets', '-n', 'movies', account], {
        env: cluster.env,
      });
      expect(refused.stderr).toContain('Forbidden');
    });
  });
}
