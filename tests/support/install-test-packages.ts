import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';

/** What tests run beyond what `create` installs: programs, and the packages of Debian that bring them. */
const NEEDED = {
  'rabbitmq-server': 'rabbitmq-server',
  psql: 'postgresql',
  'docker-registry': 'docker-registry',
  sshd: 'openssh-server',
  curl: 'curl',
  ps: 'procps',
  vagrant: 'vagrant',
  ruby: 'ruby',
  shellcheck: 'shellcheck',
  dash: 'dash',
  busybox: 'busybox',
};

if (!(await providePrograms(NEEDED, 'the tests'))) process.exitCode = 1;
