import { describe, expect, test } from 'vitest';
import type { ClusterUnderTest } from '../support/cluster-under-test.ts';
import { eventually } from '../support/eventually.ts';
import { reportFigure } from '../support/figures.ts';

/** What `patronictl list --format json` says of a member. */
interface Member {
  readonly Member: string;
  readonly Role: 'Leader' | 'Sync Standby' | 'Replica';
  readonly State: string;
}

const JSON_HEADERS = { 'Content-Type': 'application/json' };
const POSTMASTER = '/var/lib/postgresql/data/pgdata/postmaster.pid';

/** The inventory's database: a pair whose leader may be lost. */
export function describeDatabases(cluster: ClusterUnderTest): void {
  describe('the pair of the inventory’s database', () => {
    const pods = ['inventory-db-0', 'inventory-db-1'] as const;

    test('streams, synchronously, from one machine to the other', async () => {
      await untilPaired();
      const machines = await cluster.kubectl(
        ...['get', 'pods', '--selector', 'app.kubernetes.io/name=inventory-database'],
        ...['--output', 'jsonpath={.items[*].spec.nodeName}'],
      );
      expect(machines.split(' ').sort()).toEqual(['agent', 'master']);
    });

    test('changes its leader under load without failing a request', async () => {
      const { leader } = await untilPaired();
      const writing = writeMovies('switchover', 4000);
      await exec(leader, 'patronictl', 'switchover', '--force');
      const { failures, seconds } = await writing;
      expect(failures).toEqual([]);
      reportFigure('longest wait of a write for a switchover', seconds);
      expect((await untilPaired()).leader).not.toBe(leader);
    });

    test('serves writes again soon after its leader was killed, and keeps what it acknowledged', async () => {
      const { leader } = await untilPaired();
      const writing = writeMovies('crash', 8000);
      await exec(leader, 'sh', '-c', `kill -9 "$(head -n 1 ${POSTMASTER})"`);
      const { titles, seconds } = await writing;
      reportFigure('longest wait of a write for a failover after a crash', seconds);
      expect(seconds).toBeLessThan(15);
      const { leader: next } = await untilPaired();
      const rows = await psql(next, "SELECT title FROM movies WHERE title LIKE 'crash %'");
      const kept = rows.trim().split('\n');
      for (const title of titles) expect(kept.filter((one) => one === title)).toHaveLength(1);
    });

    test('keeps who may read and write, whoever leads', async () => {
      const { leader } = await untilPaired();
      const rights = `SELECT has_table_privilege('reader', 'movies', 'SELECT'),
        has_table_privilege('reader', 'movies', 'INSERT'), pg_get_userbyid(datdba)
        FROM pg_database WHERE datname = 'inventory'`;
      expect((await psql(leader, rights)).trim()).toBe('t|f|inventory');
      expect((await psql(leader, 'SELECT count(*) > 0 FROM schema_migrations')).trim()).toBe('t');
    });

    test('clones a member whose volume is gone', async () => {
      const { standby } = await untilPaired();
      const volume = () =>
        cluster.kubectl(
          'get',
          'persistentvolumeclaim',
          `data-${standby}`,
          '--output=jsonpath={.metadata.uid}',
        );
      const old = await volume();
      await cluster.kubectl('delete', 'persistentvolumeclaim', `data-${standby}`, '--wait=false');
      await cluster.kubectl('delete', 'pod', standby);
      const { seconds } = await eventually({ description: 'another volume', timeoutMs: 60_000 }, async () => {
        const uid = await volume();
        return uid !== '' && uid !== old;
      });
      const paired = await untilPaired();
      reportFigure('a member of a pair cloned onto a new volume', seconds + paired.seconds);
    });

    const exec = (pod: string, ...command: string[]) => cluster.kubectl('exec', pod, '--', ...command);

    const psql = (pod: string, sql: string) =>
      exec(pod, 'psql', '-U', 'postgres', '-d', 'inventory', '-Atc', sql);

    /** Waits until one member leads, and the other has all that it has. */
    async function untilPaired(): Promise<{ leader: string; standby: string; seconds: number }> {
      const isPaired = async () => {
        const members: Member[] = JSON.parse(
          await exec(await anyMember(), 'patronictl', 'list', '-f', 'json'),
        );
        const leader = members.find(({ Role, State }) => Role === 'Leader' && State === 'running');
        const standby = members.find(({ Role, State }) => Role === 'Sync Standby' && State === 'streaming');
        return leader && standby && { leader: leader.Member, standby: standby.Member };
      };
      const expectation = { description: 'a leader and a synchronous standby', timeoutMs: 60_000 };
      const { value, seconds } = await eventually(expectation, isPaired);
      return { ...value, seconds };
    }

    async function anyMember(): Promise<string> {
      for (const pod of pods) if ((await exec(pod, 'true').catch(() => undefined)) !== undefined) return pod;
      throw new Error('no member of the pair runs');
    }

    /** Adds a movie after the other for a time. @returns the titles acknowledged, and the seconds that the slowest took */
    async function writeMovies(name: string, durationMs: number) {
      const titles: string[] = [];
      const failures: number[] = [];
      let seconds = 0;
      const endsAtMs = performance.now() + durationMs;
      for (let number = 0; performance.now() < endsAtMs; number += 1) {
        const title = `${name} ${number}`;
        const sentAtMs = performance.now();
        const body = JSON.stringify({ title, description: '' });
        const { status } = await fetch(`http://${cluster.masterAddress}:3000/movies`, {
          method: 'POST',
          headers: JSON_HEADERS,
          body,
        });
        seconds = Math.max(seconds, (performance.now() - sentAtMs) / 1000);
        if (status === 201) titles.push(title);
        else failures.push(status);
      }
      return { titles, failures, seconds };
    }
  });
}
