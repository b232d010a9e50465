import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';

/** What tests run beyond what `create` installs: programs, and the packages of Debian that bring them. */
const NEEDED = {
  'rabbitmq-server': 'rabbitmq-server',
  psql: 'postgresql',
  curl: 'curl',
  ps: 'procps',
  'docker-registry': 'docker-registry',
};

if (!(await providePrograms(NEEDED, 'the tests'))) process.exitCode = 1;
