import { providePrograms } from '../../bootstrap/lib/provide-programs.ts';
import { readEnvironment } from '../../bootstrap/settings/environment.ts';
import { findBrowser } from './find-browser.ts';

/** What tests run beyond what `create` installs: programs, and the packages of Debian that bring them. */
const NEEDED = {
  'rabbitmq-server': 'rabbitmq-server',
  psql: 'postgresql',
  promtool: 'prometheus',
  'docker-registry': 'docker-registry',
  sshd: 'openssh-server',
  curl: 'curl',
  ps: 'procps',
  vagrant: 'vagrant',
  ruby: 'ruby',
  shellcheck: 'shellcheck',
  dash: 'dash',
  busybox: 'busybox',
  pip3: 'python3-pip',
};

const browser = (await findBrowser(readEnvironment().path)) ? {} : { chromium: 'chromium' };

if (!(await providePrograms({ ...NEEDED, ...browser }, 'the tests'))) process.exitCode = 1;
