import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findBrowser } from '../../../tests/support/find-browser.ts';
import type { PodObject } from './cluster/objects.ts';
import {
  firstRevision,
  type RealService,
  scriptRollout,
  setUpMovies,
  startRealService,
} from './testing/movies-cluster.ts';
import { createPod } from './testing/objects.ts';
import { createWebFolder, startTestDashboard, type TestDashboard } from './testing/start-dashboard.ts';

const revision = 'b'.repeat(40);

let web: Awaited<ReturnType<typeof createWebFolder>>;
let browser: Browser;
let dashboard: TestDashboard;
let oldGateway: RealService;
let gateway: RealService;
let oldPod: PodObject;
let page: Page;
/** What the browser complained of. */
let complaints: string[];

beforeAll(async () => {
  web = await createWebFolder();
  // biome-ignore lint/style/noProcessEnv: where programs are looked for
  const executablePath = await findBrowser(process.env.PATH);
  if (executablePath === undefined)
    throw new Error('No browser: node tests/support/install-test-packages.ts');
  // Root, as in containers, may not use its sandbox.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser.close();
  await web[Symbol.asyncDispose]();
});

beforeEach(async () => {
  [oldGateway, gateway] = await Promise.all([startRealService(), startRealService()]);
  const { metricsPort } = oldGateway;
  dashboard = await startTestDashboard(web.folder, (cluster) => {
    oldPod = setUpMovies(cluster, metricsPort);
  });
  page = await openPage(1280, 900);
});
afterEach(async () => {
  await page.context().close();
  await dashboard.stop();
  await Promise.all([oldGateway.stop(), gateway.stop()]);
});

async function openPage(width: number, height: number): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height } });
  const opened = await context.newPage();
  complaints = [];
  opened.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  opened.on('pageerror', (error) => void complaints.push(error.message));
  await opened.goto(dashboard.loginUrl);
  await opened.getByRole('heading', { level: 1, name: 'All is well' }).waitFor();
  return opened;
}

const stage = (name: string) => page.locator(`.journey [data-stage=${name}]`);

async function waitForStage(name: string, state: string): Promise<void> {
  await page.locator(`.journey [data-stage=${name}][data-state=${state}]`).waitFor({ timeout: 5000 });
}

test('the first look says that all is well, and of what', async () => {
  await expect(page.locator('.verdict').innerText()).resolves.toMatch(
    /All is well\s+2 of 2 nodes ready · 2 of 2 Applications synced and healthy · 2 of 2 pods ready/,
  );
  expect(await page.title()).toBe('All is well · test');
  expect(page.url()).toBe(`${dashboard.url}/`);
  await expect
    .poll(() => page.locator('[data-node=master]').innerText(), { timeout: 10_000 })
    .toMatch(/CPU 21 %[\s\S]*0\.42 of 2\.00 cores/);
  expect(await page.locator('[data-pod^=inventory-app]').innerText()).toContain('OOMKilled (exit code 137)');
  expect(complaints).toEqual([]);
});

test('a push is seen to travel until it is live', async () => {
  const rollout = scriptRollout(dashboard.cluster, revision, oldPod, gateway.metricsPort);
  await dashboard.sendPush({ revision, title: 'Welcome everybody', files: ['apps/api-gateway/config.env'] });
  await page.locator(`.journey[data-revision="${revision}"]`).waitFor();
  await waitForStage('pushed', 'done');
  expect(await page.locator('.journey .headline').innerText()).toMatch(/bbbbbbb Welcome everybody by You/);
  await page.getByRole('heading', { level: 1, name: 'Something is on its way' }).waitFor();

  rollout.sync();
  await waitForStage('synced', 'done');
  rollout.startPod();
  await waitForStage('image', 'done');
  await waitForStage('ready', 'doing');
  rollout.finish();
  await waitForStage('ready', 'done');
  await page.getByText('live; no request has come yet').waitFor();

  // Requests to the old process are none of the new commit.
  await fetch(`${oldGateway.url}/movies`);
  await fetch(`${gateway.url}/health`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await stage('answered').getAttribute('data-state')).toBe('doing');
  await fetch(`${gateway.url}/movies`);
  await waitForStage('answered', 'done');

  expect(await page.locator('.journey .status').innerText()).toBe('live');
  expect(await stage('answered').locator('time').innerText()).toMatch(/^\+\d\.\d s$/);
  await page.getByRole('heading', { level: 1, name: 'All is well' }).waitFor();
  expect(await page.locator(`[data-pod="${rollout.newPod}"]`).count()).toBe(1);
  expect(complaints).toEqual([]);
});

test('a commit that is stuck says why, and the verdict leads to it', async () => {
  const rollout = scriptRollout(dashboard.cluster, revision, oldPod, gateway.metricsPort);
  await dashboard.sendPush({ revision, title: 'Break it', files: ['apps/api-gateway/config.env'] });
  rollout.sync();
  rollout.startPod();
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 10s' };
  dashboard.cluster.apply(
    'Pod',
    createPod({ component: 'api-gateway', hash: '7c4', suffix: 'm4d9s', isReady: false, waiting }),
  );
  await waitForStage('ready', 'failed');
  const finding = page.locator('.findings a', { hasText: 'CrashLoopBackOff' }).first();
  await finding.waitFor();
  expect(await finding.getAttribute('href')).toBe('#commits');
  expect(await page.locator('.verdict').getAttribute('class')).toContain('bad');
});

test('requests, errors and their durations are those of the processes', async () => {
  for (let count = 0; count < 30; count += 1) await fetch(`${oldGateway.url}/movies`);
  const row = page.locator('[data-service=api-gateway]');
  await expect.poll(() => row.locator('td').nth(1).innerText(), { timeout: 10_000 }).not.toBe('0');
  await fetch(`${oldGateway.url}/broken`);
  await expect.poll(() => row.getAttribute('class'), { timeout: 10_000 }).toContain('bad');
  expect(await row.locator('td').nth(3).innerText()).toMatch(/ms$/);
  await page
    .locator('.findings')
    .getByText(/api-gateway answers .* errors a second/)
    .waitFor();
});

test('a request is followed across services by a click on its id', async () => {
  const record = (service: string, id: string, message: string, level = 'info') =>
    JSON.stringify({
      level,
      service,
      req: { id, method: 'GET', url: '/movies' },
      res: { status: 200 },
      msg: message,
    });
  await page.locator('#logs').scrollIntoViewIfNeeded();
  const lines = page.locator('.lines li');
  dashboard.logs.print('api-gateway-6f9-x7k2p', record('api-gateway', 'request-1', 'passed on'));
  dashboard.logs.print('inventory-app-6f9-x7k2p', record('inventory-app', 'request-1', 'read the table'));
  dashboard.logs.print(
    'inventory-app-6f9-x7k2p',
    record('inventory-app', 'request-2', 'another one', 'error'),
  );
  await expect.poll(() => lines.count(), { timeout: 10_000 }).toBe(3);

  await lines.filter({ hasText: 'passed on' }).getByRole('button', { name: 'request-1' }).click();
  await expect.poll(() => lines.allInnerTexts()).toHaveLength(2);
  expect((await lines.allInnerTexts()).join('\n')).toMatch(
    /api-gateway[\s\S]*inventory-app[\s\S]*read the table/,
  );

  // It goes on: what comes later is there too.
  dashboard.logs.print('inventory-app-6f9-x7k2p', record('inventory-app', 'request-1', 'and once more'));
  await lines.filter({ hasText: 'and once more' }).waitFor();

  const passedOn = lines.filter({ hasText: 'passed on' });
  expect(await passedOn.innerText()).not.toContain('api-gateway-6f9-x7k2p');
  await passedOn.getByRole('button', { name: 'The whole line' }).press('Enter');
  await expect
    .poll(() => passedOn.innerText())
    .toMatch(/api-gateway-6f9-x7k2p, container api-gateway[\s\S]*\{"level":"info"/);

  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByLabel('Level').selectOption('error');
  await expect.poll(() => lines.allInnerTexts()).toHaveLength(1);
  expect(await lines.first().innerText()).toContain('another one');
  expect(complaints).toEqual([]);
});

test('a connection that is lost is told of, and recovers by itself', async () => {
  await page.locator('#logs').scrollIntoViewIfNeeded();
  dashboard.logs.print('api-gateway-6f9-x7k2p', 'before');
  await page.locator('.lines li').getByText('before').waitFor();
  expect(await page.locator('#logs').getByRole('status').innerText()).toBe('live');
  // A server that has too many readers, which ends what the browser would do again by itself.
  await page.route('**/api/logs?*', (route) => route.fulfill({ status: 503 }), { times: 1 });
  await dashboard.stop();
  await page.getByRole('alert').filter({ hasText: 'No connection' }).waitFor();
  expect(await page.locator('main').getAttribute('class')).toBe('stale');
  expect(await page.evaluate('getComputedStyle(document.getElementById("pods")).opacity')).toBe('1');
  // What ticks would be read out anew with every tick.
  const said = await page.getByRole('alert').innerText();
  await expect.poll(() => page.locator('.notice').innerText(), { timeout: 5000 }).toMatch(/[1-9] s so far/);
  expect(await page.getByRole('alert').innerText()).toBe(said);
  // What happens meanwhile is there afterwards.
  dashboard.cluster.apply('Pod', createPod({ component: 'query-api', hash: '1a2' }));
  dashboard.logs.print('api-gateway-6f9-x7k2p', 'meanwhile');
  await dashboard.restart();
  await page.locator('[data-pod^=query-api]').waitFor({ timeout: 15_000 });
  await page.locator('.lines li').getByText('meanwhile').waitFor({ timeout: 15_000 });
  expect(await page.locator('.lines li').count()).toBe(2);
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(await page.locator('.connection').innerText()).toBe('live');
});

test('a server of which nothing is heard any more is asked anew', async () => {
  await page.clock.install();
  await page.reload();
  await page.locator('#logs').scrollIntoViewIfNeeded();
  await page.locator('#logs').getByText('live · 0 lines').waitFor();
  const asked = ['events', 'logs?'].map((path) =>
    page.waitForRequest((request) => request.url().endsWith(`/api/${path}`)),
  );
  await page.clock.fastForward(15_000);
  await Promise.all(asked);
});

test('an API server that is lost is told of, and what is known stays', async () => {
  dashboard.cluster.connection({ status: 'lost', reason: 'connect ECONNREFUSED 10.43.0.1:443' });
  await page.getByText("The API server can't be reached: connect ECONNREFUSED 10.43.0.1:443").waitFor();
  expect(await page.locator('[data-node]').count()).toBe(2);
  dashboard.cluster.connection({ status: 'connected' });
  await page.getByRole('heading', { level: 1, name: 'All is well' }).waitFor();
});

test('without a session nothing is shown, and one that ended says how to get another', async () => {
  const context = await browser.newContext();
  const stranger = await context.newPage();
  const response = await stranger.goto(dashboard.url);
  expect(response?.status()).toBe(401);
  expect(await stranger.locator('body').innerText()).toContain('./orchestrator.sh ui');
  await context.close();

  await page.context().clearCookies();
  await dashboard.stop();
  await dashboard.restart();
  await page.getByRole('alert').filter({ hasText: 'The session is over' }).waitFor({ timeout: 15_000 });
});

test('all of it can be reached by keyboard', async () => {
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('To the content');
  await page.keyboard.press('/');
  expect(await page.evaluate('document.activeElement.getAttribute("name")')).toBe('search');
  await page.keyboard.type('a/b');
  expect(await page.locator('input[name=search]').inputValue()).toBe('a/b');
});

test.each(['light', 'dark'] as const)('at phone width nothing is cut off, in %s', async (colorScheme) => {
  await page.context().close();
  page = await openPage(375, 740);
  await page.emulateMedia({ colorScheme });
  await page.locator(`.commit, .journey[data-revision="${firstRevision}"]`).first().waitFor();
  // Texts, since the browser's names are none of this process's.
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
  const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
  const text = await page.evaluate('getComputedStyle(document.body).color');
  expect(ground).toBe(colorScheme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(20, 24, 29)');
  expect(text).not.toBe(ground);
});
