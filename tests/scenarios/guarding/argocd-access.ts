import { describe, expect, test } from 'vitest';
import { type ArgoCdRequest, askArgoCd } from '../../support/argocd-api.ts';
import { type ClusterUnderTest, requireSuccess } from '../../support/cluster-under-test.ts';

const APPLICATION = '/api/v1/applications/api-gateway';

/** Who may do what at Argo CD's API. */
export function describeArgoCdAccess(cluster: ClusterUnderTest): void {
  const ask = (request: ArgoCdRequest) => askArgoCd(cluster.masterAddress, request);
  const login = (password: string) =>
    ask({ method: 'POST', path: '/api/v1/session', body: { username: 'admin', password } });
  const loginAsAdmin = async () => {
    const { stdout } = await requireSuccess(cluster.run('ui'));
    const [, password = ''] = /^password +(\S+)$/m.exec(stdout) ?? [];
    const { status, body } = await login(password);
    return { password, status, token: String(body.token) };
  };
  const makeReader = async () => {
    const { token } = await loginAsAdmin();
    const path = '/api/v1/account/reader/token';
    const { status, body } = await ask({
      method: 'POST',
      path,
      token,
      body: { name: 'reader', expiresIn: 600 },
    });
    expect(status).toBe(200);
    return String(body.token);
  };

  describe('lets at Argo CD', () => {
    test('nobody in without TLS', async () => {
      await expect(fetch(`http://${cluster.masterAddress}:80/`)).rejects.toThrow();
    });

    test('nobody in without a name', async () => {
      expect((await ask({ path: '/api/v1/applications' })).status).toBe(401);
    });

    test('the administrator in by the password that was generated, and by no usual one', async () => {
      const { password, status } = await loginAsAdmin();
      expect(status).toBe(200);
      expect(password.length).toBeGreaterThanOrEqual(16);
      expect((await login('admin')).status).toBe(401);
    });

    test('everybody else only look', async () => {
      const token = await makeReader();
      const applications = await ask({ path: '/api/v1/applications', token });
      expect(applications.status).toBe(200);
      expect(JSON.stringify(applications.body)).toContain('api-gateway');
      expect((await ask({ method: 'POST', path: `${APPLICATION}/sync`, token, body: {} })).status).toBe(403);
      expect((await ask({ method: 'DELETE', path: APPLICATION, token })).status).toBe(403);
      const project = { project: { metadata: { name: 'mine' }, spec: {} } };
      expect((await ask({ method: 'POST', path: '/api/v1/projects', token, body: project })).status).toBe(
        403,
      );
    });
  });
}
